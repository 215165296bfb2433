// Watches a page from its first moment: when the banner is on the screen, what moves, what blocks, how long a press takes.
(selector) => {
  const seen = (window.seen = { shift: 0, blocking: 0, presses: [] });
  const observe = (type, note, options = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...options });
  observe('layout-shift', (entry) => entry.hadRecentInput || (seen.shift += entry.value));
  observe('longtask', (entry) => (seen.blocking += entry.duration - 50));
  observe('event', (entry) => entry.interactionId && seen.presses.push(entry.duration), { durationThreshold: 16 });

  const shown = (element) => {
    if (!element?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const { top, bottom, height } = element.getBoundingClientRect();
    return height > 0 && Math.min(bottom, innerHeight) - Math.max(top, 0) > height / 2;
  };
  // A message sent while a frame is made arrives when it is: then the banner is painted.
  const painted = new MessageChannel();
  painted.port1.onmessage = () => window.tellVisible(String(performance.now()));
  const look = () => (shown(document.querySelector(selector)) ? painted.port2.postMessage(0) : requestAnimationFrame(look));
  if (selector) requestAnimationFrame(look);
}
