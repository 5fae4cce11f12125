// Loads a film: first a small picture, then all of its grey levels, as cxr/film/packed.py packs them.

const ROWS_AT_A_TIME = 400;
const HISTOGRAM_BINS = 4096;
const MOST_AHEAD = 6;
// Small pictures that may be wanted next, by address: promises, of null where there is none.
const ahead = new Map();
let loadingAhead = false;

export class Film {
  // `levels` are pictures of grey levels {w, h, data}: the film itself, then each half as large as the one before.
  constructor({ width, height, white, levels, spacing = null, atDetector = false, full = true }) {
    Object.assign(this, { width, height, white, levels, spacing, atDetector, full });
  }

  valueAt(x, y) {
    const { w, h, data } = this.levels[0];
    const [column, row] = [Math.floor(x), Math.floor(y)];
    return column >= 0 && row >= 0 && column < w && row < h ? data[row * w + column] : null;
  }

  // The grey level, as a share of white, under which a share of the pixels lies that are neither black nor white.
  percentile(share) {
    this.histogram ??= histogram(this);
    const { counts, total } = this.histogram;
    let below = 0;
    for (let bin = 0; bin < counts.length; bin++) {
      below += counts[bin];
      if (below > (share / 100) * total) return (bin + 0.5) / counts.length;
    }
    return 1;
  }
}

// Loads a small picture before it is wanted: one at a time unless it is wanted `now`, for the server decodes each film.
export function loadAhead(url, now = false) {
  if (!url || ahead.has(url) || (loadingAhead && !now)) return;
  loadingAhead = true;
  const failed = () => (ahead.delete(url), null);
  ahead.set(url, smallPicture(url).catch(failed).finally(() => (loadingAhead = false)));
  if (ahead.size > MOST_AHEAD) ahead.delete(ahead.keys().next().value);
}

// The small picture that was loaded ahead, or null.
export async function atHand(url) {
  return (await ahead.get(url)) ?? null;
}

export async function loadSmall(url, signal) {
  return (await ahead.get(url)) ?? smallPicture(url, signal);
}

async function smallPicture(url, signal) {
  const picture = await createImageBitmap(await (await answer(url, signal)).blob());
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  picture.close();
  const colours = context.getImageData(0, 0, width, height).data;
  const data = Uint16Array.from({ length: width * height }, (_, pixel) => colours[4 * pixel]);
  return new Film({ width, height, white: 255, levels: halved({ w: width, h: height, data }), full: false });
}

export async function loadFull(url, signal) {
  const content = await (await answer(url, signal)).arrayBuffer();
  const length = new DataView(content).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
  const data = await unpacked(content, 4 + length, header);
  signal.throwIfAborted();
  const { width, height, white, spacing, atDetector } = header;
  return new Film({ width, height, white, spacing, atDetector, levels: halved({ w: width, h: height, data }) });
}

async function answer(url, signal) {
  const response = await fetch(url, { signal, credentials: "same-origin" });
  if (!response.ok) throw new Error(await response.text());
  return response;
}

async function unpacked(content, start, { width, height, levels }) {
  const table = new Uint16Array(content.slice(start, start + 2 * levels));
  const low = new Uint8Array(content, start + 2 * levels, width * height);
  const high = new Uint8Array(content, start + 2 * levels + width * height, width * height);
  const data = new Uint16Array(width * height);
  let first = 0;
  for (let row = 0, pixel = 0; row < height; row++) {
    let index = first;
    for (let column = 0; column < width; column++, pixel++) {
      const folded = low[pixel] | (high[pixel] << 8);
      index = (index + ((folded >> 1) ^ -(folded & 1))) & 65535;
      if (column === 0) first = index;
      data[pixel] = table[index];
    }
    if (row % ROWS_AT_A_TIME === ROWS_AT_A_TIME - 1) await pause();
  }
  return data;
}

// Lets the page answer a click in between.
function pause() {
  return globalThis.scheduler?.yield ? scheduler.yield() : new Promise((resume) => setTimeout(resume));
}

function halved(full) {
  const levels = [full];
  for (let last = full; Math.min(last.w, last.h) >= 64; levels.push(last)) last = half(last);
  return levels;
}

function half({ w: width, h: height, data }) {
  const [w, h] = [width >> 1, height >> 1];
  const smaller = new Uint16Array(w * h);
  for (let row = 0, pixel = 0; row < h; row++) {
    for (let column = 0, at = 2 * row * width; column < w; column++, pixel++, at += 2) {
      smaller[pixel] = (data[at] + data[at + 1] + data[at + width] + data[at + width + 1] + 2) >> 2;
    }
  }
  return { w, h, data: smaller };
}

function histogram({ levels, white }) {
  const { data } = levels.find(({ w, h }) => w * h < 1e6) ?? levels.at(-1);
  const counts = new Uint32Array(Math.min(HISTOGRAM_BINS, white + 1));
  let total = 0;
  for (const value of data) {
    if (value === 0 || value >= white) continue;
    counts[Math.floor((value * counts.length) / (white + 1))]++;
    total++;
  }
  return { counts, total };
}
