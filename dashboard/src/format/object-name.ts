/** What an object is called: its name, or its id where it has none. */
export const objectName = (id: string, name: string | null | undefined): string => (name === undefined || name === null || name === '' ? id : name);
