/** Runs in the browser, so it refers to nothing outside: finds what is wrong with what is to be seen now. */
(() => {
  const shown = (element) => element.checkVisibility() && element.closest('.unseen') === null;
  const nameOf = (element) => `${element.tagName} "${(element.textContent ?? '').trim().slice(0, 40)}"`;

  const charts = [...document.querySelectorAll('svg.chart')].filter(shown);
  const marksIn = (chart) => [...chart.querySelectorAll('.area, .line, .bar, .segment, .sign')];
  const emptyCharts = charts
    .filter((chart) => marksIn(chart).length === 0)
    .map((chart) => chart.querySelector('title')?.textContent ?? 'chart');
  const isEmpty = (mark) => {
    const { width, height } = mark.getBoundingClientRect();
    return width <= 0 || height <= 0;
  };
  const emptyMarks = [...charts.flatMap(marksIn), ...document.querySelectorAll('table.bars .bar')]
    .filter((mark) => isEmpty(mark))
    .map((mark) => `${mark.getAttribute('class')} in ${mark.closest('svg')?.querySelector('title')?.textContent ?? 'a table'}`);

  const overlaps = charts.flatMap((chart) => {
    const texts = [...chart.querySelectorAll('text')].map((element) => ({ element, box: element.getBoundingClientRect() }));
    return texts.flatMap((a, index) =>
      texts
        .slice(index + 1)
        .filter(
          ({ box }) =>
            Math.min(a.box.right, box.right) - Math.max(a.box.left, box.left) > 1 &&
            Math.min(a.box.bottom, box.bottom) - Math.max(a.box.top, box.top) > 3,
        )
        .map((b) => `${nameOf(a.element)} and ${nameOf(b.element)}`),
    );
  });

  const width = document.documentElement.clientWidth;
  const outside = (element) => {
    const { left, right } = element.getBoundingClientRect();
    return left < -0.5 || right > width + 0.5;
  };
  const leaves = [...document.querySelectorAll('body *')].filter(
    (element) => shown(element) && element.closest('.scroll, .unseen, title, desc') === null,
  );
  const overflows = [
    ...(document.documentElement.scrollWidth > width ? [`the page scrolls to ${document.documentElement.scrollWidth} of ${width}`] : []),
    ...leaves.filter((element) => element.getBoundingClientRect().width > 0 && outside(element)).map(nameOf),
    ...charts.flatMap((chart) => {
      const frame = chart.getBoundingClientRect();
      return [...chart.querySelectorAll('text')]
        .filter((text) => text.getBoundingClientRect().right > frame.right + 1 || text.getBoundingClientRect().left < frame.left - 1)
        .map((text) => `${nameOf(text)} leaves its chart`);
    }),
  ];

  const rgb = (colour) => {
    const [r = 0, g = 0, b = 0, a = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return [r, g, b, a];
  };
  const luminance = ([r, g, b]) => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map((value = 0) =>
      value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (element) => {
    const style = getComputedStyle(element);
    const own = luminance(rgb(element instanceof SVGElement ? style.fill : style.color));
    const ground = luminance(behind(element));
    return (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? '').trim() !== '');
  const faint = leaves
    .filter((element) => hasText(element) && contrast(element) < 4.5)
    .map((element) => `${nameOf(element)}: ${contrast(element).toFixed(2)}`);

  return { charts: charts.length, emptyCharts, emptyMarks, overlaps, overflows, faint };
})();
