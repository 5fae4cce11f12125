// From case to case, the browser's Back would lead through each of them. Streamlit adds an entry to the history
// whenever the address changes; where a step led to the case, its entry replaces that of the case before, so that Back
// leads to where the first one was opened: the list.

(() => {
  if (window.cxrHistorySteps) return;
  window.cxrHistorySteps = true;
  const STEPS = ".st-key-steps button, .st-key-next-here button";
  const push = history.pushState.bind(history);
  let stepping = false;
  // Keys count too: they are pressed by clicking their button.
  window.addEventListener("click", ({ target }) => (stepping = Boolean(target.closest?.(STEPS))), true);
  history.pushState = (state, title, url) => {
    const replaces = stepping && new URL(url, location.href).pathname === location.pathname;
    stepping = false;
    if (!replaces) return push(state, title, url);
    history.replaceState(state, title, url);
    // From the desk below the film, on a phone, the next film would be out of sight.
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  };
})();
