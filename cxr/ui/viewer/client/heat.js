// The heat map, drawn from its small grid of values as cxr/explain/overlay.py draws it: the scale, the colours and the
// outline come from there.

const CELL = 32;
const MOST_PIXELS = 512;
// The factor of the cubic interpolation in OpenCV.
const SHARPNESS = -0.75;

// A picture of the colours, whose opacity is that of a heat map shown at full opacity.
export function heatPicture({ values, colours, visible }) {
  const [rows, columns] = [values.length, values[0].length];
  const [w, h] = [columns, rows].map((cells) => Math.min(MOST_PIXELS, cells * CELL));
  const table = colours.map((colour) => colour.match(/\d+/g).map(Number));
  const picture = new ImageData(w, h);
  const [across, down] = [weights(columns, w), weights(rows, h)];
  for (let y = 0; y < h; y++) {
    const row = values[0].map((_, column) => sum(down[y], (cell) => values[cell][column]));
    for (let x = 0; x < w; x++) {
      const value = Math.min(1, Math.max(0, sum(across[x], (cell) => row[cell])));
      const share = value * (table.length - 1);
      const [from, to] = [table[Math.floor(share)], table[Math.ceil(share)]];
      for (const channel of [0, 1, 2]) {
        const part = share - Math.floor(share);
        picture.data[4 * (y * w + x) + channel] = from[channel] * (1 - part) + to[channel] * part;
      }
      const opacity = (value - visible[0]) / (visible[1] - visible[0]);
      picture.data[4 * (y * w + x) + 3] = 255 * Math.min(1, Math.max(0, opacity));
    }
  }
  const canvas = new OffscreenCanvas(w, h);
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}

export function drawHeat(context, placement, heat, { opacity, contour }) {
  const { film, pane } = placement;
  context.save();
  context.beginPath();
  context.rect(pane.x, pane.y, pane.w, pane.h);
  context.clip();
  context.globalAlpha = opacity;
  context.setTransform(...placement.matrix());
  context.drawImage(heat.picture, 0, 0, film.width, film.height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = 1;
  if (contour && heat.outline) drawOutline(context, placement, heat);
  context.restore();
}

function drawOutline(context, placement, { outline, outlineColour }) {
  const { film } = placement;
  context.beginPath();
  for (const [x, y] of outline) {
    const point = placement.toScreen({ x: x * film.width, y: y * film.height });
    context.lineTo(point.x, point.y);
  }
  context.closePath();
  context.lineJoin = "round";
  for (const [colour, width] of [["rgb(0 0 0 / 60%)", 4], [outlineColour, 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * devicePixelRatio;
    context.stroke();
  }
}

// For each pixel, the four cells around it and how much each counts; the outermost cells repeat at the edge.
function weights(cells, pixels) {
  return Array.from({ length: pixels }, (_, pixel) => {
    const place = ((pixel + 0.5) * cells) / pixels - 0.5;
    const first = Math.floor(place) - 1;
    return [0, 1, 2, 3].map((step) => [
      Math.min(cells - 1, Math.max(0, first + step)),
      cubic(Math.abs(place - first - step)),
    ]);
  });
}

function cubic(distance) {
  const a = SHARPNESS;
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance ** 2 + 1;
  return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0;
}

function sum(weighted, valueOf) {
  return weighted.reduce((total, [cell, weight]) => total + weight * valueOf(cell), 0);
}
