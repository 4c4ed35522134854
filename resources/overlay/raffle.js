// The page `raffle`: one roll at a time, each with its 2 s of suspense, none twice; a win fills the screen.
// At rest it shows nothing, or with `?rest=on` the running commitment and the closest miss.

import { Companion } from "./companion.js";
import { Stage } from "./stage.js";
import { Turns } from "./turns.js";

const ROLL = 2_000;
const FIRST_STOP = 1_300; // the leftmost digit; the last one stops when ROLL is over
const STAY = 4_000;
const STAY_IN_A_CROWD = 1_800; // when several wait behind it
const CROWD = 3;
const BREATH = 900; // the eye finds both numbers equal, then the win
const WIN = 6_000;
const NOTICE = 12_000; // long enough to be read, recorded and compared
const MOST_WAITING = 100;
const LAPS = 2;
const EASING = "cubic-bezier(0.12, 0.7, 0.2, 1)";

const part = (id) => document.getElementById(id);
const stage = new Stage({ place: "bottom" });
const companion = new Companion({ page: "raffle", changed: settle, happened });
const number = new Intl.NumberFormat("en");
const resting = new URLSearchParams(location.search).get("rest") === "on";

const turns = new Turns({ most: MOST_WAITING, begin, hide, rest });

function happened(name, data) {
  const shows = name === "raffle_roll" || (name === "raffle_epoch" && data.seed === null);
  if (!shows) return;
  turns.add(data.event_id, { name, data });
  settle();
}

function settle() {
  turns.settle(companion);
}

function begin({ name, data }) {
  if (name === "raffle_epoch") notice(data);
  else roll(data);
}

function hide() {
  stage.show(false);
  part("win").classList.remove("shown");
}

function then(delay, act) {
  turns.then(delay, act);
}

function leave() {
  turns.leave();
}

// ---- a roll

function roll(rolled) {
  face("rolling");
  stage.card.classList.remove("told");
  stage.write(part("who"), rolled.viewer_name);
  part("winning").textContent = number.format(rolled.winning);
  part("distance").textContent = distanceText(rolled);
  part("proof").textContent = `#${number.format(rolled.entry)} · ${rolled.chain.slice(0, 8)}`;
  spin(part("roll"), number.format(rolled.roll));
  stage.show(true);
  then(stage.moving ? ROLL : 0, () => tell(rolled));
}

function tell(roll) {
  stage.card.classList.add("told");
  if (roll.won) return then(BREATH, () => win(roll));
  then(turns.waiting.length >= CROWD ? STAY_IN_A_CROWD : STAY, leave);
}

function win(roll) {
  stage.show(false);
  stage.write(part("winner"), roll.viewer_name);
  stage.write(part("prize"), roll.prize);
  write(part("met"), number.format(roll.winning));
  part("win").classList.add("shown");
  then(WIN, leave);
}

function distanceText(roll) {
  if (roll.won) return "Dead centre";
  const away = `${number.format(roll.distance)} away`;
  return roll.new_record ? `${away} · closest yet` : away;
}

/** Every digit is a strip that runs past its window and stops on the digit, from left to right. */
function spin(element, text) {
  const digits = [...text].filter(isDigit).length;
  let place = 0;
  element.style.setProperty("--characters", String(text.length));
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", text);
  element.replaceChildren(
    ...[...text].map((character) => {
      if (!isDigit(character) || !stage.moving) return cell(character);
      place += 1;
      const share = digits === 1 ? 1 : (place - 1) / (digits - 1);
      return reel(Number(character), FIRST_STOP + (ROLL - FIRST_STOP) * share);
    }),
  );
}

function reel(digit, duration) {
  const strip = document.createElement("span");
  const passed = LAPS * 10;
  for (let step = 0; step <= passed; step += 1) strip.append(cell(String((digit + step) % 10)));
  const outer = document.createElement("span");
  outer.className = "reel";
  outer.ariaHidden = "true";
  outer.append(strip);
  // The strip begins on its last digit, the same as the first: it comes from above and rests on the top one.
  const from = `translateY(${(-100 * passed) / (passed + 1)}%)`;
  strip.animate([{ transform: from }, { transform: "none" }], { duration, easing: EASING });
  return outer;
}

function write(element, text) {
  element.style.setProperty("--characters", String(text.length));
  element.textContent = text;
}

function cell(character) {
  const made = document.createElement("span");
  made.textContent = character;
  return made;
}

function isDigit(character) {
  return character >= "0" && character <= "9";
}

// ---- a commitment, and the card at rest

function notice(epoch) {
  const range = companion.state("raffle")?.range;
  face("notice");
  part("headline").textContent = `Raffle ${number.format(epoch.epoch)} is open`;
  const numbers = range === undefined ? "" : `Numbers 1 to ${number.format(range)}. `;
  part("lead").textContent = `${numbers}This commitment fixes the winning ones:`;
  part("digest").textContent = epoch.commitment;
  stage.show(true);
  then(NOTICE, leave);
}

function rest() {
  const raffle = companion.state("raffle");
  const open = resting && raffle !== null && raffle.epoch_state === "open";
  stage.show(open);
  if (!open) return;
  face("notice");
  const record = raffle.record;
  part("headline").textContent =
    record === null ? "No roll yet" : `Closest yet: ${record.viewer_name}, ${number.format(record.distance)} away`;
  part("lead").textContent = `Raffle ${number.format(raffle.epoch)}, numbers 1 to ${number.format(raffle.range)}. Commitment:`;
  part("digest").textContent = raffle.commitment.slice(0, 16);
}

function face(wanted) {
  for (const id of ["rolling", "notice"]) part(id).hidden = id !== wanted;
}

companion.start();
