// Streamlit's uploader knows English only. Its texts and names are replaced in place by those of the page, so that a
// screen reader gets them too. React changes a text only where it changes itself: what is written here stays.

(() => {
  if (window.cxrUploaderWords) return;
  window.cxrUploaderWords = true;
  const PLACES = "[data-testid=stFileUploader], [data-testid=stTooltipErrorContent]";
  const before = new WeakMap(); // by text or attribute: what Streamlit wrote, and what stands there instead
  let given = "[]";
  let pairs = [];

  const said = (text) => {
    for (const [pattern, words] of pairs) {
      const match = text.match(pattern);
      if (match) return words.replace("{}", () => match[1]);
    }
    return text;
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
    const now = document.querySelector("[data-uploader-words]")?.dataset.uploaderWords ?? given;
    if (now !== given) pairs = JSON.parse(now).map(([pattern, words]) => [new RegExp(pattern), words]);
    given = now;
    for (const place of places) {
      const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) write(texts.currentNode);
      for (const named of place.querySelectorAll("button[aria-label]")) write(named.getAttributeNode("aria-label"));
    }
  };

  // Before the browser paints: nobody sees the English.
  new MutationObserver(writeAll).observe(document.body, { childList: true, characterData: true, subtree: true });
  writeAll();
})();
