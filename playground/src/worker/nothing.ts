/** In the place of Node's modules that fake-timers names: it uses them only where there is a process. */
export {};
