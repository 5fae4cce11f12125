// What a viewer shows at the moment: its panes, painted once per frame at most, and the words on them.

import { ends } from "./grey_window.js";
import { drawHeat } from "./heat.js";
import { distance, drawFrame, drawRuler, drawScaleBar } from "./marks.js";
import { PlainPainter } from "./painter_2d.js";
import { GlPainter } from "./painter_gl.js";
import { element } from "./toolbar.js";
import { Placement } from "./view.js";
import { words } from "./words.js";

const GAP = 4;
const LENS_SIDE = 240;
const LENS_TIMES = 2.5;

export class Screen {
  constructor(parts, viewer) {
    this.parts = parts;
    this.viewer = viewer;
    this.panes = [{ index: 0, x: 0, y: 0, w: 1, h: 1 }];
    this.contents = [];
  }

  resize() {
    const { film, marks, stage } = this.parts;
    const by = devicePixelRatio;
    const [width, height] = [stage.clientWidth, stage.clientHeight].map((side) => Math.max(1, Math.round(side * by)));
    for (const canvas of [film, marks]) {
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    }
    // At once: a canvas is empty after a change of its size.
    this.#draw(true);
  }

  // Draws with the next frame; the films only where `films` is true or was asked for meanwhile.
  redraw(films = true) {
    this.films ||= films;
    this.frame ??= requestAnimationFrame(() => this.#draw(this.films));
  }

  // Gives back memory and context until the next drawing.
  sleep() {
    this.painter?.close();
    this.painter = null;
    // A 2D canvas would go on showing the film before.
    this.#freshCanvas();
    this.redraw();
  }

  forget(film) {
    this.painter?.forget(film);
  }

  paneAt(x, y) {
    const within = (pane) => x >= pane.x && y >= pane.y && x < pane.x + pane.w && y < pane.y + pane.h;
    return this.panes.find(within) ?? this.panes[0];
  }

  filmIn(pane) {
    return this.contents[pane.index]?.film ?? null;
  }

  place(pane) {
    const film = pane && this.filmIn(pane);
    return film ? new Placement(film, pane, this.viewer.view) : null;
  }

  #draw(films) {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.films = false;
    this.#arrange();
    const places = this.panes.map((pane) => this.place(pane));
    const lens = this.#lens(places);
    if (films || lens) this.#paint([...places, lens].filter(Boolean));
    this.#write(places);
    this.#mark(places, lens);
  }

  #arrange() {
    const { film, hot, beside, second, heat } = this.viewer;
    const contents = [{ film, hot: hot && !beside, label: null }];
    if (beside && heat) contents.push({ film, hot: true, label: words.heat });
    if (second) contents.push({ film: second.film, hot: false, label: second.sources.label });
    const { width, height } = this.parts.film;
    const sideways = width >= height;
    const length = (sideways ? width : height) + GAP;
    const cuts = contents.map((_, at) => Math.round((at * length) / contents.length)).concat(length);
    this.panes = contents.map((_, index) => {
      const [from, size] = [cuts[index], cuts[index + 1] - cuts[index] - GAP];
      const pane = sideways ? { x: from, y: 0, w: size, h: height } : { x: 0, y: from, w: width, h: size };
      return { index, ...pane };
    });
    this.contents = contents;
  }

  #lens(places) {
    const { lens, pointer, view } = this.viewer;
    if (!lens || !pointer) return null;
    const place = places[this.paneAt(pointer.x, pointer.y).index];
    if (!place) return null;
    const side = Math.round(Math.min(LENS_SIDE * devicePixelRatio, place.pane.w / 2, place.pane.h / 2));
    const pane = { x: Math.round(pointer.x - side / 2), y: Math.round(pointer.y - side / 2), w: side, h: side };
    const { x, y } = place.toFilm(pointer.x, pointer.y);
    const centred = { ...view, u: x / place.film.width, v: y / place.film.height, scale: 1 };
    const { fit } = new Placement(place.film, pane, centred);
    return new Placement(place.film, pane, { ...centred, scale: (place.scale * LENS_TIMES) / fit });
  }

  #paint(places) {
    if (!places.length && !this.painter) return;
    this.painter ??= this.#painter();
    const { window } = this.viewer;
    this.painter.paint(
      places.map((placement) => ({ placement, inverted: window.inverted, ...ends(window, placement.film) })),
    );
  }

  #painter() {
    if (this.plain) return new PlainPainter(this.#freshCanvas());
    try {
      const painter = new GlPainter(this.#freshCanvas());
      painter.canvas.addEventListener("webglcontextlost", () => this.#lost(painter));
      return painter;
    } catch {
      return this.#withoutGl();
    }
  }

  #withoutGl() {
    this.plain = true;
    return new PlainPainter(this.#freshCanvas());
  }

  // The browser took the context away: the processor paints from now on.
  #lost(painter) {
    if (this.painter !== painter) return;
    this.painter = this.#withoutGl();
    this.redraw();
  }

  // A canvas keeps the kind of context that it had first, also a lost one.
  #freshCanvas() {
    const old = this.parts.film;
    const canvas = old.cloneNode();
    old.replaceWith(canvas);
    return (this.parts.film = canvas);
  }

  #mark(places, lens) {
    const { marks } = this.parts;
    const context = marks.getContext("2d");
    context.clearRect(0, 0, marks.width, marks.height);
    const { heat, opacity, contour, ruler } = this.viewer;
    const below = this.parts.heatPanel.offsetHeight * devicePixelRatio;
    for (const [index, place] of places.entries()) {
      if (!place) continue;
      if (this.contents[index].hot && heat) drawHeat(context, place, heat, { opacity, contour });
      if (place.film.spacing) drawScaleBar(context, place, below);
      if (ruler?.pane === index && place.film.spacing) drawRuler(context, place, ruler);
    }
    if (lens) {
      // The magnifier shows the film alone.
      context.clearRect(lens.pane.x, lens.pane.y, lens.pane.w, lens.pane.h);
      drawFrame(context, lens.pane);
    }
  }

  #write(places) {
    const { viewer, parts } = this;
    const { view, window, tool, loading } = viewer;
    const film = viewer.film;
    parts.root.dataset.shows = film ? (film.full ? "full" : "small") : "";
    parts.film.setAttribute("aria-label", viewer.hot ? words.filmWithHeat : words.film);
    parts.stage.dataset.tool = viewer.lens ? "lens" : tool;
    // A finger scrolls the page as long as the film has nowhere to go.
    parts.stage.style.touchAction = tool === "pan" && view.scale <= 1 ? "pan-y" : "none";
    const signs = [
      window.inverted && words.invertedSign,
      view.turns && words.rotatedSign(90 * view.turns),
      view.mirrored && words.mirroredSign,
    ].filter(Boolean);
    fill(parts.signs, signs, (text) => element("span", {}, text));
    const labelled = this.panes.filter(({ index }) => this.contents[index].label);
    fill(parts.labels, labelled.map((pane) => [this.contents[pane.index].label, pane.x, pane.y].join("\n")), (line) => {
      const [text, x, y] = line.split("\n");
      const style = `left:${x / devicePixelRatio}px;top:${y / devicePixelRatio}px`;
      return element("span", { style }, text);
    });
    const failed = loading?.failed && (film ? words.failed : words.noFilm);
    const reduced = film?.full && this.painter?.reduced ? words.reduced : "";
    parts.message.textContent = failed || (film && !film.full ? words.loading : reduced);
    fill(parts.readout, film?.full ? this.#readings(film, places) : [], (text) => element("div", {}, text));
    this.#press();
  }

  #readings(film, places) {
    const { pointer, window } = this.viewer;
    const place = places[0];
    const lines = [];
    if (pointer) {
      const pane = this.paneAt(pointer.x, pointer.y);
      const under = places[pane.index];
      const { x, y } = under?.toFilm(pointer.x, pointer.y) ?? {};
      const grey = under?.film.valueAt(x, y) ?? null;
      if (grey !== null) lines.push(words.value(Math.floor(x), Math.floor(y), grey));
    }
    lines.push(words.zoom(place.scale), words.window(window.centre * film.white, window.width * film.white));
    const { ruler } = this.viewer;
    const measured = ruler && this.contents[ruler.pane]?.film;
    if (measured?.spacing) lines.push(words.length(distance(measured, ruler.from, ruler.to), measured.atDetector));
    return lines;
  }

  #press() {
    const { viewer, parts } = this;
    const { buttons, heatPanel, keys, bar, opacity, contour } = parts;
    const pressed = {
      ...{ grey: viewer.tool === "grey", ruler: viewer.tool === "ruler" },
      ...{ lens: viewer.lens, invert: viewer.window.inverted, mirror: viewer.view.mirrored },
      ...{ heat: viewer.hot && !viewer.beside, beside: viewer.beside, keys: viewer.keys },
      ...Object.fromEntries(["stored", "lung", "bone", "mediastinum"].map((name) => [name, viewer.preset === name])),
    };
    const measurable = Boolean(viewer.film?.spacing) || !viewer.film?.full;
    const state = JSON.stringify([pressed, measurable, viewer.heatCaption, viewer.opacity, viewer.contour, viewer.hot]);
    if (state === this.state) return;
    this.state = state;
    for (const [name, on] of Object.entries(pressed)) buttons[name].setAttribute("aria-pressed", String(on));
    enable(buttons.ruler, measurable, words.noRuler);
    for (const name of ["heat", "beside"]) enable(buttons[name], Boolean(viewer.heat), viewer.heatCaption);
    keepStop(Object.values(buttons));
    heatPanel.hidden = !viewer.hot;
    keys.hidden = !viewer.keys;
    opacity.value = String(Math.round(100 * viewer.opacity));
    contour.checked = viewer.contour;
    if (!viewer.heat) return;
    bar.style.background = `linear-gradient(to right, ${viewer.heat.colours.join(", ")})`;
  }
}

// Replaces children only where their texts change, so that a screen reader hears each once.
function fill(parent, texts, make) {
  const line = texts.join("\r");
  if (parent.filled === line) return;
  parent.filled = line;
  parent.replaceChildren(...texts.map(make));
}

// The Tab key needs a button that is enabled.
function keepStop(buttons) {
  const stop = buttons.find((button) => button.tabIndex === 0);
  if (!stop.disabled) return;
  stop.tabIndex = -1;
  buttons.find((button) => !button.disabled).tabIndex = 0;
}

function enable(button, usable, why) {
  button.title = usable ? button.help : why;
  button.disabled = !usable;
}
