// The page `live`: on air or not, for how long, how many people watch, and how that went.

import { Companion } from "./companion.js";
import { clockText, everySecond, roll, spanText } from "./figures.js";
import { Stage } from "./stage.js";

const STALE = 180_000; // Twitch is asked every minute: three missed answers are worth a word
const MOST_POINTS = 48; // more would only draw noise into so small a picture
const WIDTH = 160;
const HEIGHT = 48;

const part = (id) => document.getElementById(id);
const stage = new Stage({ place: "top-left" });
const companion = new Companion({ page: "live", changed: draw });
const number = new Intl.NumberFormat("en");

function draw() {
  const live = companion.state("live");
  stage.show(companion.present && companion.shown && live !== null);
  if (live === null) return;
  const lamp = part("lamp");
  lamp.classList.toggle("on", live.is_live);
  stage.card.classList.toggle("wide", live.is_live);
  part("word").textContent = live.is_live ? "LIVE" : "Offline";
  part("numbers").hidden = !live.is_live;
  part("uptime").hidden = !live.is_live;
  if (live.is_live) drawSession(live);
  const last = live.is_live ? "" : lastText(live);
  part("last").textContent = last;
  part("last").hidden = last === "";
  tell();
}

function drawSession(live) {
  const known = live.viewers !== null;
  roll(part("viewers"), known ? number.format(live.viewers) : "–", live.viewers ?? 0, stage.moving);
  const spark = part("spark");
  const drawn = sparkline(live.sparkline);
  spark.style.visibility = drawn === null ? "hidden" : "visible";
  if (drawn === null) return;
  part("stroke").setAttribute("d", drawn);
  part("area").setAttribute("d", `${drawn} L${WIDTH} ${HEIGHT} L0 ${HEIGHT} Z`);
}

/** What changes by itself as time goes on. */
function tell() {
  const live = companion.state("live");
  if (live === null || !live.is_live) return;
  const uptime = (companion.now() - Date.parse(live.started_at)) / 1_000;
  roll(part("uptime"), clockText(uptime), uptime, stage.moving && companion.shown);
  part("label").textContent = labelText(live);
}

function labelText(live) {
  const word = live.viewers === 1 ? "viewer" : "viewers";
  const age = live.viewers_seen_at === null ? 0 : companion.now() - Date.parse(live.viewers_seen_at);
  return age > STALE ? `${word}, ${spanText(age / 1_000)} ago` : word;
}

function lastText(live) {
  if (live.started_at === null || live.ended_at === null) return "";
  const length = spanText((Date.parse(live.ended_at) - Date.parse(live.started_at)) / 1_000);
  return `Last stream ${length}, peak ${number.format(live.peak_viewers)}`;
}

/** The session's counts as a path; null while there are too few. The scale never blows small changes up. */
function sparkline(points) {
  if (points.length < 2) return null;
  const thinned = thin(points);
  const times = thinned.map((point) => point.time);
  const counts = thinned.map((point) => point.count);
  const most = Math.max(...counts);
  const span = Math.max(most - Math.min(...counts), most * 0.2, 4);
  const low = Math.max(0, (most + Math.min(...counts)) / 2 - span / 2);
  const first = times[0];
  const length = Math.max(times.at(-1) - first, 1);
  const place = (time, count) => {
    const x = ((time - first) / length) * WIDTH;
    const y = HEIGHT - 2 - ((count - low) / span) * (HEIGHT - 4);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  return `M${times.map((time, index) => place(time, counts[index])).join(" L")}`;
}

/** Neighbours averaged until at most 48 points are left; the newest one stays as it is. */
function thin(points) {
  const size = Math.ceil(points.length / MOST_POINTS);
  const thinned = [];
  for (let end = points.length; end > 0; end -= size) {
    const group = points.slice(Math.max(0, end - size), end);
    const count = group.reduce((sum, point) => sum + point.viewers, 0) / group.length;
    thinned.unshift({ time: Date.parse(group.at(-1).at), count });
  }
  thinned.at(-1).count = points.at(-1).viewers;
  return thinned;
}

companion.start();
everySecond(() => companion.now(), tell);
