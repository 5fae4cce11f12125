// The component's entry: one viewer for each place on the page, which stays while its data changes.

// All modules by name, so that the browser asks for them at once and not one after the other.
import "./film.js";
import "./grey_window.js";
import "./heat.js";
import "./keys.js";
import "./marks.js";
import "./painter_2d.js";
import "./painter_gl.js";
import "./pointer.js";
import "./preview.js";
import "./screen.js";
import "./toolbar.js";
import "./view.js";
import { Viewer } from "./viewer.js";
import { learn, words } from "./words.js";

export { loadAhead } from "./film.js";
export { preview } from "./preview.js";

const viewers = new WeakMap();

export default function mount({ data, parentElement }) {
  let viewer = viewers.get(parentElement);
  if (viewer && words.language !== data.words.language) {
    viewer.close();
    viewer = null;
  }
  if (!viewer) {
    learn(data.words);
    viewer = new Viewer(parentElement);
    viewers.set(parentElement, viewer);
  }
  viewer.show(data);
  return () => {
    viewer.close();
    viewers.delete(parentElement);
  };
}
