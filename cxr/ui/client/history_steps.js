// From case to case, the browser's Back would lead through each of them. Streamlit adds an entry to the history
// whenever the address changes; where a step led to the case, its entry replaces that of the case before, so that Back
// leads to where the first one was opened: the list. What a message says of a case, such as the key that undoes its
// finding, is over with its page.

(() => {
  if (window.cxrHistorySteps) return;
  window.cxrHistorySteps = true;
  const STEPS = ".st-key-steps button, .st-key-next-here button";
  const push = history.pushState.bind(history);
  const MESSAGES = "[data-testid=stToast] button:not([data-testid=stToastViewButton])";
  const endMessages = () => document.querySelectorAll(MESSAGES).forEach((close) => close.click());
  let stepping = false;
  // Keys count too: they are pressed by clicking their button.
  window.addEventListener("click", ({ target }) => (stepping = Boolean(target.closest?.(STEPS))), true);
  window.addEventListener("popstate", endMessages);
  history.pushState = (state, title, url) => {
    const replaces = stepping && new URL(url, location.href).pathname === location.pathname;
    stepping = false;
    endMessages();
    if (!replaces) return push(state, title, url);
    history.replaceState(state, title, url);
    // From the desk below the film, on a phone, the next film would be out of sight.
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  };
})();
