// Marks over a film: ruler, scale bar, frame of the magnifier.

import { words } from "./words.js";

const COLOUR = "#ffd678";
const NICE_MM = [1, 2, 5, 10, 20, 50, 100, 200];

// Millimetres between two points of a film.
export function distance(film, from, to) {
  const [down, across] = film.spacing;
  return Math.hypot((to.x - from.x) * across, (to.y - from.y) * down);
}

export function drawRuler(context, placement, { from, to }) {
  const [start, end] = [placement.toScreen(from), placement.toScreen(to)];
  const path = new Path2D();
  path.moveTo(start.x, start.y);
  path.lineTo(end.x, end.y);
  const length = Math.hypot(end.x - start.x, end.y - start.y);
  if (length > 0) {
    const tick = 6 * devicePixelRatio;
    const [x, y] = [(-tick * (end.y - start.y)) / length, (tick * (end.x - start.x)) / length];
    for (const point of [start, end]) {
      path.moveTo(point.x - x, point.y - y);
      path.lineTo(point.x + x, point.y + y);
    }
  }
  outlined(context, path);
  const lower = start.y > end.y ? start : end;
  const text = words.millimetres(distance(placement.film, from, to));
  write(context, text, lower.x + 8 * devicePixelRatio, lower.y + 18 * devicePixelRatio);
}

// A bar of a round number of millimetres, about a fifth of the pane's width, in its lower right corner, above what
// covers so many pixels there.
export function drawScaleBar(context, placement, covered) {
  const { film, pane } = placement;
  const along = placement.shift(1, 0);
  const perPixel = distance(film, { x: 0, y: 0 }, along);
  const fitting = NICE_MM.filter((mm) => mm / perPixel < pane.w / 4);
  if (!fitting.length) return;
  const mm = fitting.at(-1);
  const [unit, width] = [devicePixelRatio, mm / perPixel];
  const [right, base] = [pane.x + pane.w - 14 * unit, pane.y + pane.h - 14 * unit - covered];
  const path = new Path2D();
  path.moveTo(right - width, base - 6 * unit);
  path.lineTo(right - width, base);
  path.lineTo(right, base);
  path.lineTo(right, base - 6 * unit);
  outlined(context, path);
  context.textAlign = "right";
  write(context, words.scaleBar(mm, film.atDetector), right, base - 10 * unit);
  context.textAlign = "left";
}

export function drawFrame(context, { x, y, w, h }) {
  const path = new Path2D();
  path.rect(x, y, w, h);
  outlined(context, path);
}

function outlined(context, path) {
  for (const [colour, width] of [["rgb(0 0 0 / 70%)", 4], [COLOUR, 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * devicePixelRatio;
    context.stroke(path);
  }
}

function write(context, text, x, y) {
  context.font = `${13 * devicePixelRatio}px system-ui, sans-serif`;
  context.lineWidth = 3 * devicePixelRatio;
  context.strokeStyle = "rgb(0 0 0 / 80%)";
  context.strokeText(text, x, y);
  context.fillStyle = COLOUR;
  context.fillText(text, x, y);
}
