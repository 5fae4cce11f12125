// Paints films without a graphics card: what `painter_gl.js` does, in the processor. Setting the window is quick,
// because the film's levels at the pixels of the screen are kept while the view stays.

import { levelFor } from "./painter_gl.js";

const STEPS = 65536;

export class PlainPainter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.sampled = [];
    this.colours = new Uint32Array(STEPS);
  }

  paint(parts) {
    const { canvas, context, sampled, colours } = this;
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const [index, { placement, low, high, inverted }] of parts.entries()) {
      const { film, pane } = placement;
      context.fillRect(pane.x, pane.y, pane.w, pane.h);
      const key = [...placement.matrix(), pane.x, pane.y, pane.w, pane.h].join();
      if (sampled[index]?.film !== film || sampled[index].key !== key) {
        sampled[index] = { film, key, ...samples(placement) };
      }
      const { values, picture, pixels, x, y } = sampled[index];
      if (!picture) continue;
      shades(colours, low / film.white, high / film.white, inverted);
      for (let pixel = 0; pixel < pixels.length; pixel++) pixels[pixel] = colours[values[pixel]];
      context.putImageData(picture, x, y);
    }
    sampled.length = parts.length;
  }

  forget() {
    this.sampled = [];
  }

  close() {
    this.sampled = [];
  }
}

// The colour of each level, of which 65,535 means the film's white.
function shades(colours, low, high, inverted) {
  const [black, contrast] = [low * (STEPS - 1), 255 / ((high - low) * (STEPS - 1))];
  for (let value = 0; value < STEPS; value++) {
    const light = Math.min(255, Math.max(0, (value - black) * contrast)) + 0.5;
    const grey = inverted ? 255 - (light | 0) : light | 0;
    colours[value] = 0xff000000 | grey | (grey << 8) | (grey << 16);
  }
}

// The film's levels at the pixels of its pane, between pixels of the film by their distance; the part of the pane
// that shows film is a rectangle, as films are rotated by right angles alone.
function samples(placement) {
  const { film, pane } = placement;
  const corners = [placement.toScreen({ x: 0, y: 0 }), placement.toScreen({ x: film.width, y: film.height })];
  const [left, right] = span(corners.map(({ x }) => x), pane.x, pane.w);
  const [top, bottom] = span(corners.map(({ y }) => y), pane.y, pane.h);
  if (right <= left || bottom <= top) return {};
  const level = levelFor(film, placement.scale);
  const { w, h, data } = film.levels[level];
  const by = 1 / 2 ** level;
  const stretch = (STEPS - 1) / film.white;
  const origin = placement.toFilm(left + 0.5, top + 0.5);
  const [across, along] = [placement.shift(1, 0), placement.shift(0, 1)];
  const picture = new ImageData(right - left, bottom - top);
  const values = new Uint16Array(picture.width * picture.height);
  for (let row = 0, pixel = 0; row < picture.height; row++) {
    let x = (origin.x + row * along.x) * by - 0.5;
    let y = (origin.y + row * along.y) * by - 0.5;
    for (let column = 0; column < picture.width; column++, pixel++, x += across.x * by, y += across.y * by) {
      const x0 = Math.min(w - 1, Math.max(0, Math.floor(x)));
      const y0 = Math.min(h - 1, Math.max(0, Math.floor(y)));
      const at = y0 * w + x0;
      const next = x0 + 1 < w ? 1 : 0;
      const below = y0 + 1 < h ? w : 0;
      const dx = Math.min(1, Math.max(0, x - x0));
      const dy = Math.min(1, Math.max(0, y - y0));
      const upper = data[at] + (data[at + next] - data[at]) * dx;
      const lower = data[at + below] + (data[at + below + next] - data[at + below]) * dx;
      values[pixel] = (upper + (lower - upper) * dy) * stretch + 0.5;
    }
  }
  return { values, picture, pixels: new Uint32Array(picture.data.buffer), x: left, y: top };
}

// Whole pixels whose centres lie on the film, within the pane.
function span(ends, start, length) {
  const [from, to] = [Math.min(...ends), Math.max(...ends)].map((end) => Math.round(end));
  return [Math.max(start, from), Math.min(start + length, to)];
}
