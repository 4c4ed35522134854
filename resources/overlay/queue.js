// The page `queue`: what plays and for whom, and the requests that come next. Nothing while nobody asked for anything.

import { Companion } from "./companion.js";
import { Cover } from "./cover.js";
import { everySecond } from "./figures.js";
import { Stage } from "./stage.js";

const MOST_ROWS = 5;
const TOO_OLD = 360_000; // past the longest pause between two looks at Spotify: nobody knows what plays

const part = (id) => document.getElementById(id);
const stage = new Stage({ place: "top-right" });
const companion = new Companion({ page: "queue", changed: draw });
const cover = new Cover({ image: part("cover"), tile: part("tile"), link: part("link"), ready: draw });
const number = new Intl.NumberFormat("en");

let before = new Set();

function draw() {
  const queue = companion.state("queue");
  const playing = queue === null ? null : playingOf(queue);
  const wanted = queue !== null && (queue.requests.length > 0 || Boolean(playing?.viewer_name));
  const showing = companion.present && companion.shown && wanted;
  if (wanted) {
    drawPlaying(playing);
    drawRows(queue);
  }
  stage.show(showing);
  cover.show(showing && playing !== null);
}

/** What plays, unless that is too long ago to be believed. */
function playingOf(queue) {
  if (queue.now === null || queue.seen_at === null) return null;
  return companion.now() - Date.parse(queue.seen_at) < TOO_OLD ? queue.now : null;
}

function drawPlaying(playing) {
  part("now").hidden = playing === null;
  stage.card.classList.toggle("alone", playing === null);
  if (playing === null) return;
  stage.write(part("title"), playing.title);
  stage.write(part("artist"), playing.artists.join(", "));
  part("for").hidden = playing.viewer_name === null;
  if (playing.viewer_name !== null) stage.write(part("for"), `For ${isolated(playing.viewer_name)}`);
  cover.take(playing.cover_url, playing.link);
}

function drawRows(queue) {
  const rows = queue.requests.slice(0, MOST_ROWS);
  const known = before;
  before = new Set(rows.map(keyOf));
  part("rows").replaceChildren(
    ...rows.map((request) => rowOf(request, known.size > 0 && !known.has(keyOf(request)) && stage.moving)),
  );
  part("rows").hidden = rows.length === 0;
  part("total").textContent = totalText(queue.total, rows.length);
}

function totalText(total, shown) {
  if (total === 0) return "Nothing after this yet";
  if (total > shown) return `Next ${shown} of ${number.format(total)} requests`;
  return total === 1 ? "1 request" : `${total} requests`;
}

function keyOf(request) {
  return [request.link, request.viewer_name].join("\n");
}

function rowOf(request, isNew) {
  const row = document.createElement("li");
  row.className = "row";
  const song = cell("line song", "");
  song.dir = "ltr"; // title first in every row; each part keeps its own direction
  song.append(cell("name", request.title));
  if (request.artists.length > 0) song.append(" · ", cell("soft", request.artists.join(", ")));
  row.append(cell("place", String(request.position)), song, cell("line soft small by", request.viewer_name));
  if (isNew) row.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 240, easing: "ease-out" });
  return row;
}

function cell(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.dir = "auto";
  element.textContent = text;
  return element;
}

/** A name keeps its own direction and cannot turn the words around it. */
function isolated(text) {
  return `\u2068${text}\u2069`;
}

companion.start();
everySecond(() => companion.now(), () => {
  const queue = companion.state("queue");
  if (queue?.now && playingOf(queue) === null && !part("now").hidden) draw();
});
