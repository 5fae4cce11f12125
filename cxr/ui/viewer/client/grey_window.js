// Which grey levels are shown, from black to white: centre and width as shares of the film's whole range, so that one
// window fits films of 8 and of 16 bits.

export const STORED = { centre: 0.5, width: 1, inverted: false };
const LEAST_WIDTH = 2 / 65535;

// A radiograph has no units of density: the presets are percentiles of the film's own grey levels, without those that
// are wholly black or white, such as a border.
export const PRESETS = [
  { name: "stored", from: null, to: null },
  { name: "lung", from: 1, to: 70 },
  { name: "bone", from: 60, to: 99.9 },
  { name: "mediastinum", from: 35, to: 99 },
];

export function presetWindow(preset, film, inverted) {
  if (preset.from === null) return { ...STORED, inverted };
  const [low, high] = [preset.from, preset.to].map((share) => film.percentile(share));
  return { centre: (low + high) / 2, width: Math.max(LEAST_WIDTH, high - low), inverted };
}

export function dragged(window, dx, dy) {
  // Narrow windows move in small steps, so that they can be set exactly.
  const step = Math.max(0.02, window.width);
  return clamped({ ...window, width: window.width + dx * step, centre: window.centre + dy * step });
}

export function narrowed(window, factor) {
  return clamped({ ...window, width: window.width * factor });
}

// Darker for a positive step: the centre moves up.
export function shifted(window, step) {
  return clamped({ ...window, centre: window.centre + step * window.width });
}

// Black and white of the window, in grey levels of a film.
export function ends(window, film) {
  const low = (window.centre - window.width / 2) * film.white;
  return { low, high: low + window.width * film.white };
}

function clamped(window) {
  const width = Math.min(2, Math.max(LEAST_WIDTH, window.width));
  return { ...window, width, centre: Math.min(1, Math.max(0, window.centre)) };
}
