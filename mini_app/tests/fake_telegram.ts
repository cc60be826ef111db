/** `telegram-web-app.js` as far as the page uses it. */

/** Its text; `told` is what it was asked for, `press` presses the main button. */
export function fakeTelegramScript(initData: string): string {
  return `
    const told = globalThis.told = [];
    let pressed = () => {};
    globalThis.press = () => pressed();
    const tell = (line) => () => void told.push(line);
    globalThis.Telegram = { WebApp: {
      initData: ${JSON.stringify(initData)},
      initDataUnsafe: { user: { language_code: "ru" } },
      ready: tell("ready"), expand: tell("expand"), isVersionAtLeast: () => true,
      onEvent() {}, openLink() {}, showConfirm: (_, then) => then(true),
      downloadFile: ({ url, file_name }) => told.push("download " + url + " " + file_name),
      MainButton: {
        show() {}, hide() {}, showProgress() {}, hideProgress() {},
        onClick: (run) => pressed = run,
        setParams: ({ text, is_active }) =>
          told.push("main " + text + (is_active ? " active" : "")),
      },
      BackButton: { show: tell("back shown"), hide() {}, onClick() {} },
      HapticFeedback: {
        notificationOccurred: (kind) => told.push("haptic " + kind), selectionChanged() {},
      },
    } };`;
}
