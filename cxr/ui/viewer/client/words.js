// All texts of the viewer in the language of the page, as the server sends them.

export const words = {};

// Learns the texts; the elements made before keep theirs.
export function learn({ language, texts, presets, keys }) {
  const written = (value, digits = 0) =>
    value.toLocaleString(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      useGrouping: false,
    });
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const place = (share) => (language === "en" ? ordinal(share) : share.toLocaleString(language));
  Object.assign(words, texts, {
    language,
    preset: presets,
    keyList: keys,
    presetHelp: ({ from, to }) =>
      from === null ? texts.asStored : filled(texts.percentiles, { from: place(from), to: place(to) }),
    rotatedSign: (degrees) => filled(texts.rotatedSign, { degrees }),
    value: (x, y, grey) => filled(texts.value, { x, y, grey }),
    zoom: (share) => filled(texts.zoom, { share: written(100 * share) }),
    window: (centre, width) => filled(texts.window, { centre: written(centre), width: written(width) }),
    length: (mm, atDetector) => filled(atDetector ? texts.lengthAtDetector : texts.length, { mm: written(mm, 1) }),
    millimetres: (mm) => `${written(mm, 1)} mm`,
    // What lies before the detector is smaller than it measures.
    scaleBar: (mm, atDetector) => {
      const length = mm < 10 ? `${mm} mm` : `${mm / 10} cm`;
      return atDetector ? filled(texts.atDetector, { length }) : length;
    },
  });
}

function ordinal(share) {
  const ending = Number.isInteger(share) ? { 1: "st", 2: "nd", 3: "rd" }[share % 10] : undefined;
  return `${share}${share > 10 && share < 14 ? "th" : (ending ?? "th")}`;
}
