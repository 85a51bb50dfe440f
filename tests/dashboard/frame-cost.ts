import type { Browser, Page } from 'playwright-core';

/** What drawing costs while something scrolls. */
export interface FrameCost {
  /** Time of processors per frame, all threads of the pages that are open: it does not depend on what else the machine does. */
  readonly cpuMs: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

const FRAMES = 40;

/** Of three tries: what else the pages do meanwhile, such as collecting garbage, only adds to it. */
export async function leastCost(browser: Browser, page: Page, stepPixels: number): Promise<FrameCost> {
  let least = await scrollCost(browser, page, stepPixels);
  for (let tried = 1; tried < 3; tried += 1) {
    const next = await scrollCost(browser, page, stepPixels);
    if (next.cpuMs < least.cpuMs) least = next;
  }
  return least;
}

/** Scrolls the long table of a page, or the plain one of `plainTable`, by so many pixels in every frame. */
async function scrollCost(browser: Browser, page: Page, stepPixels: number): Promise<FrameCost> {
  const session = await browser.newBrowserCDPSession();
  const cpuSeconds = async () => (await session.send('SystemInfo.getProcessInfo')).processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  const before = await cpuSeconds();
  const gaps = await page.evaluate(async ([step, frames]) => {
    const scroller = document.querySelector('.table-scroller--windowed, #plain');
    if (scroller === null) throw new Error('Nothing here scrolls by itself.');
    const measured: number[] = [];
    scroller.scrollTop = 0;
    await new Promise(requestAnimationFrame);
    for (let last = performance.now(); measured.length < frames; ) {
      scroller.scrollTop += step;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      measured.push(now - last);
      last = now;
    }
    return measured.toSorted((a, b) => a - b);
  }, [stepPixels, FRAMES] as const);
  const cpuMs = ((await cpuSeconds()) - before) * 1000 / FRAMES;
  await session.detach();
  return { cpuMs, medianMs: gaps[Math.floor(FRAMES / 2)] ?? 0, worstMs: gaps.at(-1) ?? 0 };
}

/** The yardstick: as much text as the list shows, written anew whenever it is scrolled, without components and style sheets. */
export async function plainTable(page: Page): Promise<void> {
  await page.setContent('<div id="plain" style="block-size:560px;overflow:auto;position:relative"><div style="block-size:220000px"></div><table style="position:absolute;top:0"></table></div>');
  await page.evaluate(() => {
    const scroller = document.querySelector('#plain');
    const table = scroller?.querySelector('table');
    scroller?.addEventListener('scroll', () => {
      const first = Math.floor(scroller.scrollTop / 44);
      if (!table) return;
      table.style.top = `${first * 44}px`;
      table.innerHTML = Array.from({ length: 24 }, (_, row) => `<tr style="height:44px">${Array.from({ length: 10 }, (_cell, column) => `<td><span>cell ${first + row} ${column}</span></td>`).join('')}</tr>`).join('');
    });
  });
}
