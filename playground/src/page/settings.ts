/** What the user has chosen, kept where the browser allows it. */

export function recall<T extends string>(name: string, allowed: readonly T[]): T | null {
  try {
    const value = localStorage.getItem(`tsyncio-playground-${name}`);
    return allowed.find((one) => one === value) ?? null;
  } catch {
    return null; // storage is switched off
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`tsyncio-playground-${name}`, value);
  } catch {
    // It lasts as long as the page.
  }
}
