// Streamlit's uploader knows English only. Its texts and names are replaced in place by those of the page, so that a
// screen reader gets them too. React changes a text only where it changes itself: what is written here stays.
//
// Once the films that it took are added, a fresh uploader takes its place. What it refused stays to be read below.

(() => {
  if (window.cxrUploaderWords) return;
  window.cxrUploaderWords = true;
  const UPLOADER = "[data-testid=stFileUploader]";
  const PLACES = `${UPLOADER}, [data-testid=stTooltipErrorContent]`;
  const CHIP = "[data-testid=stFileChip]";
  const NAME = "[data-testid=stFileChipName]";
  const NAMED = `button[aria-label], ${CHIP}`;
  const SIZE = /(^|, )(\d+(?:\.\d+)?)(B|KB|MB|GB)$/;
  const UNITS = { B: "byte", KB: "kilobyte", MB: "megabyte", GB: "gigabyte" };
  const before = new WeakMap(); // by text or attribute: what Streamlit wrote, and what stands there instead
  let given = { lang: "", words: "" };
  let pairs = [];
  let refused = new Map(); // what the uploader shows as refused: why, by name
  const kept = new Map(); // what it showed before

  const size = (_, start, value, unit) => {
    const format = { style: "unit", unit: UNITS[unit], maximumFractionDigits: 1 };
    return start + new Intl.NumberFormat(given.lang, format).format(value);
  };

  const said = (text) => {
    for (const [pattern, words] of pairs) {
      const match = text.match(pattern);
      if (match) return words.replace("{}", () => match[1]);
    }
    return text.replace(SIZE, size);
  };

  const write = (holder) => {
    const known = before.get(holder);
    const english = known?.ours === holder.nodeValue ? known.english : holder.nodeValue;
    const ours = said(english);
    before.set(holder, { english, ours });
    if (holder.nodeValue !== ours) holder.nodeValue = ours;
  };

  const writeAll = () => {
    const places = document.querySelectorAll(PLACES);
    if (!places.length) return;
    const now = document.querySelector("[data-uploader-words]");
    if (now && now.dataset.uploaderWords !== given.words) {
      given = { lang: now.lang, words: now.dataset.uploaderWords };
      pairs = JSON.parse(given.words).map(([pattern, words]) => [new RegExp(pattern), words]);
    }
    for (const place of places) {
      const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) if (!texts.currentNode.parentElement.closest(NAME)) write(texts.currentNode);
      for (const named of place.querySelectorAll(NAMED)) write(named.getAttributeNode("aria-label"));
    }
  };

  const line = ([name, why]) => {
    const made = document.createElement("li");
    made.append(Object.assign(document.createElement("strong"), { textContent: name }), ` ${why}`);
    return made;
  };

  const keepRefused = () => {
    const list = document.querySelector("[data-refused-files]");
    const chips = [...document.querySelectorAll(`${UPLOADER} ${CHIP}[aria-invalid]`)];
    const shown = new Map(
      chips.map((chip) => [chip.querySelector(NAME).title, chip.querySelector("[role=alert]").lastChild.textContent]),
    );
    for (const [name, why] of refused) if (!shown.has(name)) kept.set(name, why);
    for (const name of shown.keys()) kept.delete(name);
    refused = shown;
    if (!list) kept.clear();
    else if (list.childElementCount !== kept.size) list.replaceChildren(...[...kept].map(line));
  };

  const react = () => {
    writeAll();
    keepRefused();
  };

  // What a person removes or replaces is over.
  addEventListener(
    "click",
    ({ target }) => refused.delete(target.closest?.(`${CHIP} button`)?.closest(CHIP).querySelector(NAME).title),
    true,
  );
  for (const event of ["change", "drop"])
    addEventListener(event, ({ target }) => target.closest?.(UPLOADER) && kept.clear(), true);

  // Before the browser paints: nobody sees the English.
  new MutationObserver(react).observe(document.body, { childList: true, characterData: true, subtree: true });
  react();
})();
