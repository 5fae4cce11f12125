// The film of a row that was clicked, at once where the viewer is going to show it: the page around it takes longer.

import { atHand, loadAhead } from "./film.js";

const PLACES = "cxr-stage";
const MOST_PLACES = 8;
const CASE = ".st-key-viewer-case";
const LONGEST_MS = 10_000;
let wanted = null;
let canvas = null;
let timer = 0;

// Remembers, beyond this session, where the film of a case lies in a window of this size.
export function rememberPlace(stage) {
  if (!stage.getRootNode().host?.closest(CASE)) return;
  const { left, top, width, height } = stage.getBoundingClientRect();
  const scrolled = document.querySelector("[data-testid=stMain]")?.scrollTop ?? 0;
  const others = places().filter((place) => place.size !== size());
  const kept = [{ size: size(), left, top: top + scrolled, width, height }, ...others];
  localStorage.setItem(PLACES, JSON.stringify(kept.slice(0, MOST_PLACES)));
}

export async function preview(small) {
  endPreview();
  wanted = small;
  const place = places().find((place) => place.size === size());
  if (place) loadAhead(small, true);
  const film = place && (await atHand(small));
  if (!film || wanted !== small) return;
  canvas = document.createElement("canvas");
  canvas.className = "cxr-preview";
  canvas.ariaHidden = "true";
  const { left, top, width, height } = place;
  Object.assign(canvas.style, { position: "fixed", zIndex: 99, pointerEvents: "none", background: "black" });
  Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  canvas.style.objectFit = "contain";
  draw(film);
  document.body.append(canvas);
  timer = setTimeout(endPreview, LONGEST_MS);
}

// Ends it unless it waits for this film.
export function endPreview(small = null) {
  if (small && small === wanted) return;
  clearTimeout(timer);
  canvas?.remove();
  wanted = canvas = null;
}

// Whoever goes on to something else must not see it there.
for (const leaving of ["popstate", "pointerdown"]) addEventListener(leaving, () => endPreview(), true);

function draw({ levels: [{ w, h, data }] }) {
  Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(w, h);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let pixel = 0; pixel < pixels.length; pixel++) pixels[pixel] = 0xff000000 | (data[pixel] * 0x010101);
  context.putImageData(picture, 0, 0);
}

function places() {
  return JSON.parse(localStorage.getItem(PLACES) ?? "[]");
}

function size() {
  return `${innerWidth} ${innerHeight}`;
}
