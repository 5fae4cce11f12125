// Where a film lies in its pane. A view holds shares of the film and multiples of its fitted size, so that one view
// shows the same part of films of different sizes.

const LEAST_SCALE = 0.5;
const MOST_DEVICE_PIXELS = 40;

export function fittedView() {
  return { scale: 1, u: 0.5, v: 0.5, turns: 0, mirrored: false };
}

// Cosine and sine of a number of clockwise quarter turns, on a screen whose y runs down.
const COS = [1, 0, -1, 0];
const SIN = [0, 1, 0, -1];

export class Placement {
  // A film in a pane {x, y, w, h} of device pixels.
  constructor(film, pane, view) {
    this.film = film;
    this.pane = pane;
    const across = view.turns % 2 ? film.height : film.width;
    const down = view.turns % 2 ? film.width : film.height;
    this.fit = Math.min(pane.w / across, pane.h / down);
    this.scale = this.fit * view.scale;
    this.cos = COS[view.turns];
    this.sin = SIN[view.turns];
    this.side = view.mirrored ? -1 : 1;
    this.centre = { x: view.u * film.width, y: view.v * film.height };
    this.middle = { x: pane.x + pane.w / 2, y: pane.y + pane.h / 2 };
  }

  // A shift on the screen as a shift on the film.
  shift(dx, dy) {
    return {
      x: (this.side * (this.cos * dx + this.sin * dy)) / this.scale,
      y: (-this.sin * dx + this.cos * dy) / this.scale,
    };
  }

  toFilm(x, y) {
    const { x: dx, y: dy } = this.shift(x - this.middle.x, y - this.middle.y);
    return { x: this.centre.x + dx, y: this.centre.y + dy };
  }

  toScreen({ x, y }) {
    const dx = this.side * (x - this.centre.x) * this.scale;
    const dy = (y - this.centre.y) * this.scale;
    return {
      x: this.middle.x + this.cos * dx - this.sin * dy,
      y: this.middle.y + this.sin * dx + this.cos * dy,
    };
  }

  // The matrix of `toScreen`, as a 2D canvas takes it.
  matrix() {
    const k = this.scale;
    const [a, b, c, d] = [this.cos * this.side * k, this.sin * this.side * k, -this.sin * k, this.cos * k];
    const { x, y } = this.centre;
    return [a, b, c, d, this.middle.x - a * x - c * y, this.middle.y - b * x - d * y];
  }
}

export function zoomAt(view, film, pane, factor, x, y) {
  const before = new Placement(film, pane, view);
  const point = before.toFilm(x, y);
  const most = Math.max(LEAST_SCALE, MOST_DEVICE_PIXELS / before.fit);
  const zoomed = { ...view, scale: Math.min(most, Math.max(LEAST_SCALE, view.scale * factor)) };
  const after = new Placement(film, pane, zoomed);
  const { x: dx, y: dy } = after.shift(x - after.middle.x, y - after.middle.y);
  return within({ ...zoomed, u: (point.x - dx) / film.width, v: (point.y - dy) / film.height });
}

export function panned(view, film, pane, dx, dy) {
  const by = new Placement(film, pane, view).shift(dx, dy);
  return within({ ...view, u: view.u - by.x / film.width, v: view.v - by.y / film.height });
}

// One pixel of the film on one pixel of the screen.
export function actualSize(view, film, pane) {
  const { fit } = new Placement(film, pane, view);
  return { ...view, scale: 1 / fit };
}

export function rotated(view) {
  return { ...view, turns: (view.turns + 1) % 4 };
}

// Exchanges left and right on the screen, also of a film that is rotated.
export function mirrored(view) {
  return { ...view, mirrored: !view.mirrored, turns: (4 - view.turns) % 4 };
}

function within(view) {
  const clamp = (value) => Math.min(1, Math.max(0, value));
  return { ...view, u: clamp(view.u), v: clamp(view.v) };
}
