// The stage: what the address asks for (theme, motion, scale, place), the card's coming and going, and its fit.

const THEMES = ["dark", "light", "bare"];
const PLACES = [
  "top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right",
];
const PASS_SPEED = 40; // px a second: slow enough to read along
const PASS_PAUSE = 1_500;

const root = document.documentElement;
const asked = new URLSearchParams(location.search);

export class Stage {
  constructor({ place }) {
    root.dataset.theme = oneOf(asked.get("theme"), THEMES, "dark");
    root.dataset.place = oneOf(asked.get("place"), PLACES, place);
    root.style.fontSize = `${16 * scaleAsked()}px`;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.still.addEventListener("change", () => this.settle());
    this.card = document.querySelector(".card");
    this.settle();
    takeOverCustomCss();
    new ResizeObserver(() => this.fit()).observe(this.card);
    addEventListener("resize", () => this.fit());
  }

  get moving() {
    return root.dataset.motion !== "off";
  }

  settle() {
    root.dataset.motion = asked.get("motion") === "off" || this.still.matches ? "off" : "on";
  }

  show(wanted) {
    this.card.classList.toggle("shown", wanted);
    if (wanted) this.fit();
  }

  /** A source may be smaller than the card: then the card shrinks, nothing is cut off. */
  fit() {
    const stage = this.card.parentElement;
    const room = Math.min(stage.clientWidth / this.card.offsetWidth, stage.clientHeight / this.card.offsetHeight);
    this.card.style.scale = room < 1 ? String(room) : "none";
  }

  /** Put text into a line; when it is longer than the line, let it pass by once, slowly, then rest with an ellipsis. */
  write(line, text) {
    const inner = line.firstElementChild;
    if (inner.textContent === text) return;
    inner.textContent = text;
    line.title = text;
    for (const running of inner.getAnimations()) running.cancel();
    line.classList.remove("passing");
    if (this.moving) requestAnimationFrame(() => this.pass(line, inner));
  }

  pass(line, inner) {
    line.classList.add("passing");
    const hidden = inner.offsetWidth - line.clientWidth;
    if (hidden <= 0) return line.classList.remove("passing");
    const there = getComputedStyle(line).direction === "rtl" ? hidden : -hidden;
    const travel = (hidden / PASS_SPEED) * 1_000;
    const total = travel + 2 * PASS_PAUSE;
    const animation = inner.animate(
      [
        { transform: "none", offset: 0 },
        { transform: "none", offset: PASS_PAUSE / total },
        { transform: `translateX(${there}px)`, offset: (PASS_PAUSE + travel) / total },
        { transform: `translateX(${there}px)`, offset: 1 },
      ],
      { duration: total },
    );
    animation.onfinish = () => line.classList.remove("passing");
  }
}

function oneOf(value, allowed, otherwise) {
  return allowed.includes(value) ? value : otherwise;
}

function scaleAsked() {
  const scale = Number(asked.get("scale") ?? 1);
  return Number.isFinite(scale) && scale > 0 ? Math.min(Math.max(scale, 0.5), 4) : 1;
}

/**
 * OBS adds the source's custom CSS as a <style> element, which our Content-Security-Policy refuses (no inline styles).
 * The person's own CSS is welcome: its text becomes a style sheet made by script, which is allowed.
 */
function takeOverCustomCss() {
  const adopt = (node) => {
    if (!(node instanceof HTMLStyleElement)) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(node.textContent ?? "");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  };
  document.querySelectorAll("style").forEach(adopt);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(adopt);
  }).observe(document.head, { childList: true });
}
