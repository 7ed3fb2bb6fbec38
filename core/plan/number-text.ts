/** `25,000`; small estimates keep a digit. */
export function about(items: number): string {
  return items > 0 && items < 10 && !Number.isInteger(items) ? items.toFixed(1) : Math.round(items).toLocaleString('en');
}

/** `12 %`, `0.4 %`, `< 0.1 %` */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '< 0.1 %';
  const hundred = share * 100;
  return `${hundred >= 10 || Number.isInteger(hundred) ? Math.round(hundred) : hundred.toFixed(1)} %`;
}

/** `1 item`, `12 items` */
export function items(count: number): string {
  return `${about(count)} ${Math.round(count) === 1 ? 'item' : 'items'}`;
}
