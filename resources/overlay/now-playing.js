// The page `now-playing`: what Spotify plays, as of when it was last asked, carried on by the page's own clock.

import { Companion } from "./companion.js";
import { Cover } from "./cover.js";
import { clockText, everySecond, spanText } from "./figures.js";
import { Stage } from "./stage.js";

const STALE = 75_000; // Spotify is asked at least every 30 s while all is well
const TOO_OLD = 360_000; // past the longest pause between two attempts: nobody knows what plays

const SECOND_LINE = { episode: "Podcast episode", local: "Local file", ad: "The music goes on in a moment" };

const part = (id) => document.getElementById(id);
const stage = new Stage({ place: "bottom-left" });
const companion = new Companion({ page: "now-playing", changed: draw });
const cover = new Cover({ image: part("cover"), tile: part("tile"), link: part("link"), ready: draw });

function draw() {
  const song = companion.state("now_playing");
  const showing = companion.present && companion.shown && isWorthShowing(song);
  stage.show(showing);
  if (song !== null && isWorthShowing(song)) {
    stage.write(part("title"), song.kind === "ad" ? "Advertisement" : (song.title ?? ""));
    stage.write(part("artist"), song.artists.join(", ") || (SECOND_LINE[song.kind] ?? ""));
    cover.take(song.cover_url, song.link);
    tell();
  }
  cover.show(showing);
}

function isWorthShowing(song) {
  if (song === null || song.seen_at === null || song.kind === "nothing") return false;
  if (song.kind !== "ad" && !song.title) return false;
  return age(song) < TOO_OLD;
}

function age(song) {
  return companion.now() - Date.parse(song.seen_at);
}

/** What changes by itself as time goes on. */
function tell() {
  const song = companion.state("now_playing");
  if (song === null || song.seen_at === null) return;
  if (!isWorthShowing(song)) {
    stage.show(false);
    return cover.show(false);
  }
  const old = age(song);
  const stale = old > STALE;
  const passed = song.is_playing ? Math.max(0, old) : 0;
  const length = song.duration_ms;
  const progress = length === null ? song.progress_ms + passed : Math.min(song.progress_ms + passed, length);
  part("paused").toggleAttribute("hidden", song.is_playing || stale);
  part("time").textContent = timeText(song, progress, stale ? old : null);
  part("bar").hidden = length === null || stale;
  if (part("bar").hidden) return;
  part("bar").classList.toggle("runs", song.is_playing && companion.shown);
  part("progress").style.transform = `scaleX(${(progress / Math.max(length, 1)).toFixed(4)})`;
}

function timeText(song, progress, staleFor) {
  if (staleFor !== null) return `seen ${spanText(staleFor / 1_000)} ago`;
  if (song.kind === "ad") return "";
  const passed = clockText(progress / 1_000);
  if (!song.is_playing) return `Paused · ${passed}`;
  return song.duration_ms === null ? passed : `${passed} / ${clockText(song.duration_ms / 1_000)}`;
}

companion.start();
everySecond(() => companion.now(), tell);
