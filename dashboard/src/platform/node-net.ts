// What src/model asks of Node's `net`, for browsers.
const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

export const isIPv4 = (text: string): boolean => IPV4.test(text);

/** A URL parser knows every spelling of an IPv6 address. */
export const isIPv6 = (text: string): boolean => /^[0-9a-fA-F:.]+$/.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
