// The page `achievement`: one unlock at a time, each for a few seconds, none twice.

import { Companion } from "./companion.js";
import { Stage } from "./stage.js";

const STAY = 6_000;
const STAY_IN_A_CROWD = 3_500; // when several wait behind it
const CROWD = 3;
const BETWEEN = 400; // the old card leaves (180 ms) before the next one enters
const MOST_WAITING = 20;
const MOST_KNOWN = 500;
const EMOJI_LOOK = 0xfe0f;

const part = (id) => document.getElementById(id);
const stage = new Stage({ place: "top" });
const companion = new Companion({ page: "achievement", changed: settle, happened });

const known = new Set();
let waiting = [];
let current = null;
let timer = null;

function happened(name, data) {
  if (name !== "achievement_unlocked" || known.has(data.event_id)) return;
  known.add(data.event_id);
  if (known.size > MOST_KNOWN) known.delete(known.values().next().value);
  waiting.push(data);
  waiting = waiting.slice(-MOST_WAITING);
  settle();
}

/** Presence or the queue has changed. Hidden by OBS, nothing piles up; held, the card waits to be shown again. */
function settle() {
  if (!companion.shown) {
    waiting = [];
    return clear();
  }
  if (!companion.present) {
    if (current !== null) waiting.unshift(current);
    return clear();
  }
  if (current === null && timer === null) next();
}

function clear() {
  clearTimeout(timer);
  timer = null;
  current = null;
  stage.show(false);
}

function next() {
  timer = null;
  current = waiting.shift() ?? null;
  if (current === null) return;
  stage.write(part("who"), current.viewer_name);
  stage.write(part("name"), current.name);
  stage.write(part("description"), current.description);
  part("icon").textContent = emoji(current.icon);
  stage.show(true);
  timer = setTimeout(leave, waiting.length >= CROWD ? STAY_IN_A_CROWD : STAY);
}

function leave() {
  current = null;
  stage.show(false);
  timer = setTimeout(next, BETWEEN);
}

/** "1f468-200d-1f4bb": the characters with these code points, asked for as a picture where they could be a letter. */
function emoji(icon) {
  const points = icon.split("-").map((point) => parseInt(point, 16));
  if (points.some((point) => !(point <= 0x10ffff))) return "★";
  if (points.length === 1 && points[0] < 0x1f000) points.push(EMOJI_LOOK);
  return String.fromCodePoint(...points);
}

companion.start();
