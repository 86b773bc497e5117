/** Something that happens once. */
export class Latch {
  isOpen = false;
  readonly opened: Promise<void>;
  /** Again it does nothing. */
  open: () => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = () => {
        this.isOpen = true;
        resolve();
      };
    });
  }
}
