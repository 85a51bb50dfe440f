/**
 * Puts a text on the clipboard; `shown` is the element that holds it. Browsers give the clipboard only to pages that came over
 * TLS: elsewhere the text is chosen and copied as if by hand. False when it is only chosen.
 */
export async function copyText(text: string, shown: Element): Promise<boolean> {
  const isWritten = isSecureContext && (await navigator.clipboard.writeText(text).then(() => true, () => false));
  if (isWritten) return true;
  getSelection()?.selectAllChildren(shown);
  return document.execCommand('copy');
}
