// Turns: what is told one by one, each thing once, and nothing that piled up while nobody could see it.

const MOST_KNOWN = 1_000;
const BETWEEN = 400; // the old card leaves (180 ms) before the next one enters

export class Turns {
  /** `begin(thing)` shows one, `hide()` takes away whatever is shown, `rest()` is called when nobody waits. */
  constructor({ most, begin, hide, rest = () => {} }) {
    this.most = most;
    this.begin = begin;
    this.hide = hide;
    this.rest = rest;
    this.known = new Set();
    this.waiting = [];
    this.current = null;
    this.timer = null;
  }

  /** Let `thing` wait for its turn, unless one of this id had it: after a reconnect events may come again. */
  add(id, thing) {
    if (this.known.has(id)) return;
    this.known.add(id);
    if (this.known.size > MOST_KNOWN) this.known.delete(this.known.values().next().value);
    this.waiting.push(thing);
    this.waiting = this.waiting.slice(-this.most);
  }

  /** Presence or the queue has changed. Hidden by OBS, nothing piles up; held, the current one waits to be shown again. */
  settle(companion) {
    if (!companion.shown) {
      this.waiting = [];
      return this.clear();
    }
    if (!companion.present) {
      if (this.current !== null) this.waiting.unshift(this.current);
      return this.clear();
    }
    if (this.current === null && this.timer === null) this.next();
  }

  /** The next act of the current turn, after `delay` ms. */
  then(delay, act) {
    this.timer = setTimeout(act, delay);
  }

  /** The current turn is over. */
  leave() {
    this.current = null;
    this.hide();
    this.then(BETWEEN, () => this.next());
  }

  clear() {
    clearTimeout(this.timer);
    this.timer = null;
    this.current = null;
    this.hide();
  }

  next() {
    this.timer = null;
    this.current = this.waiting.shift() ?? null;
    if (this.current === null) return this.rest();
    this.begin(this.current);
  }
}
