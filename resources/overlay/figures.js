// Numbers that roll: only the characters that changed move, up when the number grows, down when it falls.

const ROLL = { duration: 240, easing: "cubic-bezier(0.16, 0.84, 0.44, 1)" };

/** Show `text` in `element`. `value` is what it stands for, to know which way to roll. */
export function roll(element, text, value, moving) {
  if (element.dataset.text === text) return;
  const before = element.dataset.text;
  const up = value >= Number(element.dataset.value ?? value);
  element.dataset.text = text;
  element.dataset.value = String(value);
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", text);
  if (before === undefined || before.length !== text.length || !moving) {
    element.replaceChildren(...[...text].map(cell));
    if (before !== undefined && moving) for (const outer of element.children) come(outer.firstChild, up);
    return;
  }
  [...text].forEach((character, index) => {
    if (before[index] !== character) turn(element.children[index], character, up);
  });
}

function cell(character) {
  const outer = document.createElement("span");
  outer.append(face(character));
  return outer;
}

function face(character) {
  const inner = document.createElement("span");
  inner.textContent = character;
  inner.ariaHidden = "true";
  return inner;
}

function turn(outer, character, up) {
  const to = up ? "-80%" : "80%";
  const leaving = [...outer.children];
  const coming = face(character);
  outer.append(coming);
  for (const old of leaving) {
    old.animate([{ transform: "none", opacity: 1 }, { transform: `translateY(${to})`, opacity: 0 }], ROLL).onfinish =
      () => old.remove();
  }
  come(coming, up);
}

function come(inner, up) {
  const from = up ? "80%" : "-80%";
  inner.animate([{ transform: `translateY(${from})`, opacity: 0 }, { transform: "none", opacity: 1 }], ROLL);
}

/** 8049 seconds: "2:14:09"; 74 seconds: "1:14". */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** 8049 seconds: "2 h 14 min". */
export function spanText(seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes < 1) return "under a minute";
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

/** Call `draw` at every full second, for as long as the page lives. */
export function everySecond(now, draw) {
  const next = () => {
    draw();
    setTimeout(next, 1_000 - (now() % 1_000) + 5);
  };
  next();
}
