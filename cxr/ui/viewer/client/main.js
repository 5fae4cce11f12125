// The component's entry: one viewer for each place on the page, which stays while its data changes.

import { Viewer } from "./viewer.js";

const viewers = new WeakMap();

export function mount({ data, parentElement }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) {
    viewer = new Viewer(parentElement);
    viewers.set(parentElement, viewer);
  }
  viewer.show(data);
  return () => {
    viewer.close();
    viewers.delete(parentElement);
  };
}
