/** Everything the page says, in Russian. */
import { plural } from "./plural.ts";
import type { Words } from "./words_en.ts";

const credits = (count: number) =>
  plural("ru", count, { one: "кредит", few: "кредита", other: "кредитов" });

/** Russian. */
export const ru: Words = {
  loading: "Открываем PixelPop",
  again: "Попробовать ещё раз",
  credits,
  // After the preposition that both places it is used in have: «через», «примерно через».
  about: (count, unit) =>
    unit === "seconds"
      ? plural("ru", count, { one: "секунду", few: "секунды", other: "секунд" })
      : plural("ru", count, { one: "минуту", few: "минуты", other: "минут" }),
  aMoment: "мгновение",

  compose: "Новая картинка",
  prompt: "Что нарисовать?",
  promptHint: "Рыжая лиса в снегу, мягкий утренний свет",
  promptTooLong: (over) =>
    plural("ru", over, { one: "лишний знак", few: "лишних знака", other: "лишних знаков" }),
  idea: "Подсказать идею",
  ideas: [
    "Маяк из бумаги оригами в сумерках",
    "Уютная раменная под дождём, вид с другой стороны улицы",
    "Кот-космонавт поливает помидоры на Луне",
    "Крошечная библиотека в скорлупе грецкого ореха, изометрия",
    "Акварельная карта острова, которого нет",
    "Стеклянный кит плывёт над спящим городом",
  ],
  size: "Форма",
  sizes: { "1024x1024": "Квадрат", "1536x1024": "Широкая", "1024x1536": "Высокая" },
  quality: "Качество",
  qualities: { low: "Простое", medium: "Среднее", high: "Высокое" },
  format: "Файл",
  create: (cost) => `Создать · ${credits(cost)}`,
  needPrompt: "Сначала напишите, что нарисовать.",

  now: "В работе",
  fresh: "Только что",
  place: (position) => position <= 1 ? "Вы следующий в очереди" : `Вы ${position}-й в очереди`,
  until: (time) => `Будет готово примерно через ${time}`,
  soon: "Вот-вот будет готово",
  processing: "Рисуем вашу картинку",
  live: "вживую",
  polling: "проверяем",
  progress: "Ход работы",
  preview: "Первый набросок",
  done: "Картинка готова",
  doneAway: "Готово, пока вас не было",
  failed: "На этот раз не получилось",
  cancelled: "Отменено",
  refunded: "Кредиты возвращены.",
  cancel: "Отменить",
  dismiss: "Закрыть",
  submitted: (place) => `Запрос принят. ${place}.`,

  gallery: "Ваши картинки",
  galleryEmpty: "Здесь будут собираться ваши картинки.",
  more: "Показать ещё",
  open: (prompt) => `Открыть картинку: ${prompt}`,

  picture: "Картинка",
  back: "Назад",
  save: "Сохранить",
  reuse: "Повторить",
  remove: "Удалить",
  removeQuestion: "Удалить эту картинку навсегда?",
  removed: "Картинка удалена",
  keep: "Оставить",
  pictureLost: "Картинка не загружается",
  madeOn: "Создана",

  outOfCredits: "Кредитов не хватает даже на самое простое качество.",
  offline: "Нет связи. Пробуем снова…",
  retryIn: (time) => `Попробуйте снова через ${time}.`,
  reference: (id) => `Если обратитесь за помощью, назовите ${id}.`,
  outsideTelegram: "Откройте PixelPop из его бота в Telegram.",

  testBar: "Тест",
  testUser: "Тестовый пользователь",
  testTheme: "Светлая или тёмная тема",
  testLanguage: "Язык",
  newUser: "Кто-то новый",

  errors: {
    invalid_request: "В запросе что-то не так. Измените описание и попробуйте снова.",
    invalid_init_data:
      "Не удалось проверить вход через Telegram. Откройте PixelPop из бота ещё раз.",
    expired_init_data:
      "Telegram передал устаревший вход. Закройте PixelPop, перезапустите Telegram и откройте снова из чата с ботом.",
    invalid_refresh_token: "Сеанс завершён. Закройте PixelPop и откройте снова.",
    unauthorized: "Вход больше не действует. Закройте PixelPop и откройте снова.",
    insufficient_credits: "Не хватает кредитов на эту картинку. Выберите качество попроще.",
    not_found: "Этой картинки больше нет.",
    method_not_allowed: "Эта версия PixelPop устарела. Закройте её и откройте снова.",
    already_started: "Картинка уже рисуется, отменить нельзя.",
    idempotency_conflict: "Описание изменилось во время отправки. Попробуйте ещё раз.",
    payload_too_large: "Описание слишком длинное. Сделайте его короче.",
    rate_limited: "Как вы быстро! Сделайте небольшую паузу.",
    too_many_pending: "У вас уже много картинок в очереди. Дождитесь, пока одна будет готова.",
    internal: "Что-то сломалось у нас. Дважды ничего не списано, попробуйте ещё раз.",
    generation_paused: "PixelPop ненадолго прервался. Ничего не списано.",
    network: "Нет связи. Можно спокойно повторить: дважды ничего не спишется.",
    bad_answer: "PixelPop сейчас отвечает с перебоями. Попробуйте чуть позже.",
    signed_out: "Сеанс завершён. Закройте PixelPop и откройте снова.",
  },
  failures: {
    moderation_blocked: "Правила безопасности не разрешают такую картинку. Попробуйте другую идею.",
    invalid_prompt: "Такое описание нарисовать нельзя. Скажите иначе.",
    provider_unavailable: "Художник был недоступен. Попробуйте немного позже.",
    provider_timeout: "Рисовали слишком долго. Попробуйте ещё раз или выберите качество попроще.",
    storage_unavailable: "Картинка нарисована, но не сохранилась. Попробуйте ещё раз.",
    attempts_exhausted: "Работу слишком часто прерывали. Попробуйте ещё раз.",
    internal: "Что-то сломалось у нас. Попробуйте ещё раз.",
  },
};
