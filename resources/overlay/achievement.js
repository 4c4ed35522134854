// The page `achievement`: one unlock at a time, each for a few seconds, none twice.

import { Companion } from "./companion.js";
import { Stage } from "./stage.js";
import { Turns } from "./turns.js";

const STAY = 6_000;
const STAY_IN_A_CROWD = 3_500; // when several wait behind it
const CROWD = 3;
const MOST_WAITING = 20;
const EMOJI_LOOK = 0xfe0f;

const part = (id) => document.getElementById(id);
const stage = new Stage({ place: "top" });
const companion = new Companion({ page: "achievement", changed: settle, happened });

const turns = new Turns({ most: MOST_WAITING, begin, hide: () => stage.show(false) });

function happened(name, data) {
  if (name !== "achievement_unlocked") return;
  turns.add(data.event_id, data);
  settle();
}

function settle() {
  turns.settle(companion);
}

function begin(unlock) {
  stage.write(part("who"), unlock.viewer_name);
  stage.write(part("name"), unlock.name);
  stage.write(part("description"), unlock.description);
  part("icon").textContent = emoji(unlock.icon);
  stage.show(true);
  turns.then(turns.waiting.length >= CROWD ? STAY_IN_A_CROWD : STAY, () => turns.leave());
}

/** "1f468-200d-1f4bb": the characters with these code points, asked for as a picture where they could be a letter. */
function emoji(icon) {
  const points = icon.split("-").map((point) => parseInt(point, 16));
  if (points.some((point) => !(point <= 0x10ffff))) return "★";
  if (points.length === 1 && points[0] < 0x1f000) points.push(EMOJI_LOOK);
  return String.fromCodePoint(...points);
}

companion.start();
