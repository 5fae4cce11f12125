// Mouse, pen and fingers on the stage.

const TAP_MS = 300;
const TAP_PIXELS = 24;
const WHEEL_STEP = 0.0016;
const LINE_PIXELS = 32;

export function attach(viewer) {
  const { stage } = viewer;
  const down = new Map();
  let drag = null;
  let lastTap = null;

  const at = (event) => {
    const box = stage.getBoundingClientRect();
    return { x: (event.clientX - box.left) * devicePixelRatio, y: (event.clientY - box.top) * devicePixelRatio };
  };

  stage.addEventListener("contextmenu", (event) => event.preventDefault());

  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button, input, select, .panel")) return;
    const point = at(event);
    down.set(event.pointerId, point);
    stage.setPointerCapture(event.pointerId);
    if (down.size === 2) {
      drag = { kind: "pinch", ...spread(down) };
    } else if (down.size === 1) {
      const kind = event.button === 2 ? "grey" : event.button === 1 ? "pan" : viewer.tool;
      drag = { kind, ...point };
      if (kind === "ruler") viewer.beginRuler(point);
    }
  });

  stage.addEventListener("pointermove", (event) => {
    const point = at(event);
    viewer.point(point);
    if (!down.has(event.pointerId) || !drag) return;
    down.set(event.pointerId, point);
    if (drag.kind === "pinch") {
      if (down.size < 2) return;
      const now = spread(down);
      viewer.pan((now.x - drag.x) / devicePixelRatio, (now.y - drag.y) / devicePixelRatio);
      viewer.zoom(now.gap / drag.gap, now);
      Object.assign(drag, now);
      return;
    }
    const [dx, dy] = [point.x - drag.x, point.y - drag.y];
    if (drag.kind === "grey") viewer.dragWindow(dx, dy);
    else if (drag.kind === "ruler") viewer.moveRuler(point);
    else if (drag.kind === "pan") viewer.pan(dx / devicePixelRatio, dy / devicePixelRatio);
    Object.assign(drag, point);
  });

  const up = (event) => {
    const begun = down.get(event.pointerId);
    down.delete(event.pointerId);
    if (down.size === 0) drag = null;
    else if (drag?.kind === "pinch") drag = { kind: "none" };
    if (event.type === "pointerup" && event.pointerType === "touch" && begun) tapped(event);
  };
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);

  // Browsers send no double click where they leave gestures to the page.
  const tapped = (event) => {
    const { timeStamp, clientX, clientY } = event;
    const near = lastTap && Math.hypot(clientX - lastTap.clientX, clientY - lastTap.clientY) < TAP_PIXELS;
    const twice = near && timeStamp - lastTap.timeStamp < TAP_MS;
    lastTap = twice ? null : { timeStamp, clientX, clientY };
    if (twice) viewer.fit();
  };

  stage.addEventListener("dblclick", (event) => {
    if (!event.target.closest("button, input, select, .panel")) viewer.fit();
  });

  stage.addEventListener("pointerleave", () => viewer.point(null));

  stage.addEventListener(
    "wheel",
    (event) => {
      if (event.target.closest(".panel")) return;
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PIXELS : 1);
      // A pinch on a touch pad arrives as a wheel with the control key, in small steps.
      viewer.zoom(Math.exp(-pixels * WHEEL_STEP * (event.ctrlKey ? 6 : 1)), at(event));
    },
    { passive: false },
  );
}

function spread(down) {
  const [one, other] = [...down.values()];
  return {
    x: (one.x + other.x) / 2,
    y: (one.y + other.y) / 2,
    gap: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)),
  };
}
