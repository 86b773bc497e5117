/** The options that this process was started with, for a worker, which runs a file. */

/** Options of a program that is no file, with the program behind them. */
const TEXT = /^(?:-e|-p|-pe|--eval|--print)$/;
/** The same in one, and options of a debugger, whose port this process has, and of `--watch`. */
const OWN = /^(?:-i|--interactive|--input-type|--eval|--print|--inspect(?!-port)[\w-]*|--watch[\w-]*)(?:=|$)/;

export function optionsForProcess(): string[] {
  const options: string[] = [];
  for (let i = 0; i < process.execArgv.length; i++) {
    const option = process.execArgv[i] as string;
    if (TEXT.test(option)) i++;
    else if (!OWN.test(option)) options.push(option);
  }
  return options;
}

/** Undefined: a thread has the options of this process by itself. Only `--input-type` keeps it from running a file. */
export function optionsForThread(): string[] | undefined {
  return process.execArgv.some((option) => option.startsWith("--input-type")) ? optionsForProcess() : undefined;
}
