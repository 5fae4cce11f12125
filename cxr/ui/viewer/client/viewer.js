// One viewer: what it shows, and what its tools, keys and pointers change.

import { loadAhead, loadFull, loadSmall } from "./film.js";
import { PRESETS, STORED, dragged, narrowed, presetWindow, shifted } from "./grey_window.js";
import { heatPicture } from "./heat.js";
import { listen, pointAt, unlisten } from "./keys.js";
import { attach } from "./pointer.js";
import { endPreview, rememberPlace } from "./preview.js";
import { Screen } from "./screen.js";
import { build, element } from "./toolbar.js";
import { actualSize, fittedView, mirrored, panned, rotated, zoomAt } from "./view.js";
import { words } from "./words.js";

const ZOOM_STEP = 1.25;
const NEARBY_PIXELS = "1000px";

// Kept from film to film while the page is open.
const liked = { opacity: 0.55, contour: true };

export class Viewer {
  constructor(parent) {
    this.parts = build((action) => this.actions[action]());
    this.root = this.parts.root;
    this.stage = this.parts.stage;
    parent.append(this.root);
    this.actions = this.#actions();
    this.#reset();
    this.screen = new Screen(this.parts, this);
    this.#listen();
    attach(this);
    listen(this);
  }

  show(data) {
    const { film, heat, others } = data;
    this.ahead = data.ahead;
    endPreview(film.small);
    if (heat?.values) {
      const same = JSON.stringify(heat.values) === JSON.stringify(this.heat?.values);
      heat.picture = same ? this.heat.picture : heatPicture(heat);
    }
    this.heat = heat?.values ? heat : null;
    if (!this.heat) Object.assign(this, { hot: false, beside: false });
    this.heatCaption = heat?.caption ?? words.noHeat;
    const another = film.full !== this.sources?.full;
    if (another) {
      this.#reset();
      this.#unload();
      this.sources = film;
    }
    this.#offer(others ?? []);
    if (another) this.#measureRoom();
    if (this.near) this.#load();
    this.screen.redraw();
  }

  close() {
    unlisten(this);
    this.watches.forEach((watch) => watch.disconnect());
    this.#unload();
    this.root.remove();
  }

  // What tools and keys do.
  #actions() {
    const window = (next) => () => this.#set({ window: next(this.window) });
    const view = (next) => () => this.film && this.#set({ view: next(this.view, this.film, this.pane) });
    const tool = (name) => () => this.#set({ tool: this.tool === name ? "pan" : name });
    const zoom = (factor) => () => this.zoom(factor, this.#middle());
    const own = {
      pan: () => this.#set({ tool: "pan", keys: false }),
      grey: tool("grey"),
      ruler: () => this.film?.spacing && tool("ruler")(),
      lens: () => this.#set({ lens: !this.lens }),
      out: zoom(1 / ZOOM_STEP),
      in: zoom(ZOOM_STEP),
      fit: () => this.fit(),
      actual: view(actualSize),
      invert: () => {
        const { window: now, preset } = this;
        this.#set({ window: { ...now, inverted: !now.inverted }, preset });
      },
      rotate: view(rotated),
      mirror: view(mirrored),
      heat: () => this.heat && this.#set({ hot: !this.hot, beside: false, ruler: null }),
      contour: () => this.heat && this.#like({ contour: !liked.contour }),
      beside: () => this.heat && this.#set({ beside: !this.beside, hot: !this.beside, ruler: null }),
      reset: () => this.#reset(),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen?.()),
      keys: () => this.#set({ keys: !this.keys }),
      preset: () => this.#preset(PRESETS[(PRESETS.findIndex(({ name }) => name === this.preset) + 1) % PRESETS.length]),
    };
    for (const preset of PRESETS) own[preset.name] = () => this.#preset(preset);
    const keys = {
      ...{ Escape: own.pan, l: own.ruler, g: own.lens, "+": own.in, "=": own.in, "-": own.out, 0: own.fit },
      ...{ z: own.actual, i: own.invert, r: own.rotate, m: own.mirror, h: own.heat, c: own.contour },
      ...{ s: own.beside, w: own.preset, "?": own.keys },
      "[": window((now) => narrowed(now, 1 / ZOOM_STEP)),
      "]": window((now) => narrowed(now, ZOOM_STEP)),
      ",": window((now) => shifted(now, -0.05)),
      ".": window((now) => shifted(now, 0.05)),
    };
    return { ...own, ...keys };
  }

  pan(dx, dy) {
    if (!this.film) return;
    const by = devicePixelRatio;
    this.#set({ view: panned(this.view, this.film, this.pane, dx * by, dy * by) });
  }

  zoom(factor, { x, y }) {
    if (!this.film) return;
    const pane = this.screen.paneAt(x, y);
    this.#set({ view: zoomAt(this.view, this.screen.filmIn(pane) ?? this.film, pane, factor, x, y) });
  }

  fit() {
    const { turns, mirrored: side } = this.view;
    this.#set({ view: { ...fittedView(), turns, mirrored: side } });
  }

  dragWindow(dx, dy) {
    this.#set({ window: dragged(this.window, dx / this.pane.w, dy / this.pane.h) });
  }

  beginRuler(point) {
    const pane = this.screen.paneAt(point.x, point.y);
    const start = this.screen.place(pane)?.toFilm(point.x, point.y);
    this.#set({ ruler: start ? { pane: pane.index, from: start, to: start } : null });
  }

  moveRuler(point) {
    const place = this.ruler && this.screen.place(this.screen.panes[this.ruler.pane]);
    if (place) this.#set({ ruler: { ...this.ruler, to: place.toFilm(point.x, point.y) } });
  }

  // Where the pointer is, or null.
  point(at) {
    this.pointer = at;
    pointAt(at ? this : null);
    this.screen.redraw(this.lens);
  }

  get pane() {
    return this.screen.panes[0];
  }

  get opacity() {
    return liked.opacity;
  }

  get contour() {
    return liked.contour;
  }

  #middle() {
    const { x, y, w, h } = this.pane;
    return { x: x + w / 2, y: y + h / 2 };
  }

  #preset(preset) {
    if (this.film) this.#set({ window: presetWindow(preset, this.film, this.window.inverted), preset: preset.name });
  }

  #set(changes) {
    Object.assign(this, changes);
    if (changes.window && !changes.preset) this.preset = null;
    this.screen.redraw(true);
  }

  #like(changes) {
    Object.assign(liked, changes);
    this.screen.redraw(false);
  }

  // Heat is off at first, on every film.
  #reset() {
    Object.assign(this, { view: fittedView(), window: STORED, preset: "stored", tool: "pan", ruler: null });
    Object.assign(this, { lens: false, hot: false, beside: false, keys: false });
    this.screen?.redraw(true);
  }

  #offer(others) {
    const { compare } = this.parts;
    this.others = others;
    if (this.second && !others.some(({ full }) => full === this.second.sources.full)) this.#compare(null);
    const options = [words.nothing, ...others.map(({ label }) => label)];
    compare.replaceChildren(...options.map((text, at) => element("option", { value: at - 1 }, text)));
    compare.value = others.findIndex(({ full }) => full === this.second?.sources.full);
    compare.hidden = !others.length;
  }

  #compare(sources) {
    this.second?.abort?.abort();
    if (this.second?.film) this.screen.forget(this.second.film);
    this.ruler = null; // it lay on a film of the panes as they were
    this.second = sources && { sources, film: null };
    if (this.second && this.near) this.#fetch(this.second, sources);
    this.screen?.redraw(true);
  }

  #load() {
    if (this.loading) return;
    this.loading = { film: null };
    this.#fetch(this.loading, this.sources);
    if (this.second && !this.second.film) this.#fetch(this.second, this.second.sources);
  }

  // Loads the small picture and the full film at once; whichever comes first is shown, and the full one stays.
  async #fetch(slot, { small, full }) {
    slot.abort = new AbortController();
    const { signal } = slot.abort;
    const shown = (film) => {
      if (signal.aborted || (slot.film?.full && !film.full)) return;
      if (slot.film) this.screen.forget(slot.film);
      slot.film = film;
      if (film.full && PRESETS.some(({ name }) => name === this.preset) && this.preset !== "stored") {
        this.window = presetWindow(PRESETS.find(({ name }) => name === this.preset), film, this.window.inverted);
      }
      this.screen.redraw(true);
      requestAnimationFrame(() => endPreview()); // right after the drawing
      if (film.full) rememberPlace(this.stage);
    };
    const first = loadSmall(small, signal).then(shown).catch(() => {});
    try {
      shown(await loadFull(full, signal));
      loadAhead(this.ahead);
    } catch {
      await first;
      slot.failed = !signal.aborted;
      this.screen.redraw(true);
    }
  }

  #unload() {
    for (const slot of [this.loading, this.second]) {
      slot?.abort?.abort();
      if (slot) slot.film = null;
    }
    this.loading = null;
    this.screen?.sleep();
  }

  get film() {
    return this.loading?.film ?? null;
  }

  #listen() {
    const { compare, opacity, contour } = this.parts;
    compare.addEventListener("change", () => this.#compare(this.others[Number(compare.value)] ?? null));
    opacity.addEventListener("input", () => this.#like({ opacity: opacity.value / 100 }));
    contour.addEventListener("change", () => this.#like({ contour: contour.checked }));
    const resized = new ResizeObserver(() => this.screen.resize());
    resized.observe(this.stage);
    // Browsers keep few contexts of WebGL, and a film takes 12 MB: only what is near the screen is loaded.
    const passing = new IntersectionObserver(([entry]) => this.#passed(entry.isIntersecting), {
      rootMargin: NEARBY_PIXELS,
    });
    passing.observe(this.stage);
    this.watches = [resized, passing];
  }

  // A film on the first screen is no higher than what is left below its place, so that it is seen as a whole.
  #measureRoom() {
    const scrolled = document.querySelector("[data-testid=stMain]")?.scrollTop ?? 0;
    const top = Math.round(this.stage.getBoundingClientRect().top + scrolled);
    this.stage.style.setProperty("--room", top < innerHeight / 2 ? `calc(99vh - ${top}px)` : "72vh");
  }

  #passed(near) {
    this.near = near;
    if (near && this.sources) this.#load();
    if (!near) this.#unload();
    this.screen.redraw(true);
  }
}
