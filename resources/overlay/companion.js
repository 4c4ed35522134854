// The feed's client: connects, catches up, comes back by itself. PROTOCOL.md is what it speaks.

const FIRST_DELAY = 250;
const LONGEST_DELAY = 5_000;
const REFUSED_DELAY = 15_000;
const SILENCE = 40_000;
const AWAY = 10_000;
const ACCESS_RENEWED = 4401;

export class Companion {
  /**
   * page: this page's name. changed(): state or presence is new, draw everything from here.
   * happened(name, data): an event, once, and only while the page is shown.
   */
  constructor({ page, changed, happened = () => {} }) {
    this.page = page;
    this.changed = changed;
    this.happened = happened;
    this.states = new Map();
    this.obs = { streaming: null, visible: null, active: null };
    this.epoch = null;
    this.lastSeq = 0;
    this.offset = 0;
    this.socket = null;
    this.failures = 0;
    this.heardAt = 0;
    this.awaySince = null;
    this.refused = false;
    this.timer = null;
  }

  start() {
    this.followObs();
    setInterval(() => this.watch(), 5_000);
    this.connect();
  }

  /** Companion's time now, in milliseconds; the two clocks may differ when the page runs on another computer. */
  now() {
    return Date.now() + this.offset;
  }

  /** Everything is on hold: every page hides until it is released. */
  get held() {
    return this.state("hold")?.held === true;
  }

  /** Whether what is known may be shown: Companion is there, or has been away for less than ten seconds; no hold. */
  get present() {
    if (this.held || this.refused || this.states.size === 0) return false;
    return this.awaySince === null || Date.now() - this.awaySince < AWAY;
  }

  get shown() {
    return this.obs.visible !== false;
  }

  state(topic) {
    return this.states.get(topic) ?? null;
  }

  // ---- the connection

  connect() {
    clearTimeout(this.timer);
    const query = new URLSearchParams({ token: token() });
    if (this.epoch !== null) {
      query.set("epoch", this.epoch);
      query.set("last_seq", String(this.lastSeq));
    }
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/overlay/ws?${query}`);
    let opened = false;
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => {
      opened = true;
      this.say({ type: "hello", page: this.page, obs_version: window.obsstudio?.pluginVersion ?? null });
      this.sayObs();
    };
    socket.onmessage = (message) => {
      if (this.socket === socket) this.take(message.data);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.lost(opened, event.code);
    };
  }

  async lost(opened, code) {
    this.socket = null;
    if (this.awaySince === null) {
      this.awaySince = Date.now();
      setTimeout(() => this.changed(), AWAY + 50);
    }
    this.failures += 1;
    // A browser does not tell why a socket was refused, so the page's own address is asked.
    this.refused = code === ACCESS_RENEWED || (!opened && (await isRefused()));
    if (this.refused) this.changed();
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(this.failures - 1, 10));
    this.timer = setTimeout(() => this.connect(), (this.refused ? REFUSED_DELAY : delay) * (0.75 + Math.random() / 2));
  }

  /** A connection can die without a word (a computer that slept); the server says something every 15 s. */
  watch() {
    if (this.socket === null || Date.now() - this.heardAt < SILENCE) return;
    const dead = this.socket;
    dead.onclose = null;
    dead.close();
    this.lost(true, 1006);
  }

  // ---- messages

  take(text) {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    this.heardAt = Date.now();
    switch (message.type) {
      case "welcome":
        return this.welcomed(message);
      case "snapshot":
        this.states = new Map(Object.entries(message.states));
        this.lastSeq = message.seq;
        return this.changed();
      case "tick":
        this.offset = Date.parse(message.server_time) - Date.now();
        return;
      case "state":
        if (!this.isNew(message)) return;
        this.states.set(message.topic, message.data);
        return this.changed();
      case "event":
        if (this.isNew(message) && this.shown) this.happened(message.name, message.data);
        return;
      default: // a newer Companion may say more
    }
  }

  welcomed(message) {
    if (reloadedFor(message.assets)) return;
    if (message.epoch !== this.epoch) this.lastSeq = 0;
    this.epoch = message.epoch;
    this.offset = Date.parse(message.server_time) - Date.now();
    this.failures = 0;
    this.refused = false;
    this.awaySince = null;
    if (message.resumed) this.changed();
  }

  isNew(message) {
    if (message.seq <= this.lastSeq) return false;
    this.lastSeq = message.seq;
    return true;
  }

  say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  // ---- OBS (window.obsstudio is there only inside it)

  followObs() {
    if (!window.obsstudio) return;
    const told = (part) => {
      Object.assign(this.obs, part);
      this.sayObs();
    };
    window.obsstudio.getStatus?.((status) => {
      // Without the permission to read OBS there is no status, and that is not "not streaming".
      if (typeof status?.streaming === "boolean") told({ streaming: status.streaming });
    });
    addEventListener("obsStreamingStarted", () => told({ streaming: true }));
    addEventListener("obsStreamingStopped", () => told({ streaming: false }));
    addEventListener("obsSourceActiveChanged", (event) => told({ active: Boolean(event.detail?.active) }));
    addEventListener("obsSourceVisibleChanged", (event) => {
      told({ visible: Boolean(event.detail?.visible) });
      this.changed();
    });
  }

  sayObs() {
    if (window.obsstudio) this.say({ type: "obs", ...this.obs });
  }
}

function token() {
  return new URLSearchParams(location.search).get("token") ?? "";
}

async function isRefused() {
  try {
    const answer = await fetch(`${location.pathname}?token=${encodeURIComponent(token())}`, {
      method: "HEAD",
      cache: "no-store",
    });
    return answer.status === 401;
  } catch {
    return false; // nobody is there at all
  }
}

/** Companion was updated while this page stayed open: take the new files, but never reload twice for one version. */
function reloadedFor(version) {
  const mine = document.documentElement.dataset.assets;
  if (!version || version === mine || sessionStorage.getItem("companion-assets") === version) return false;
  sessionStorage.setItem("companion-assets", version);
  location.reload();
  return true;
}
