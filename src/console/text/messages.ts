// Every text of the console, in every language. `{name}` stands for a value.

/** The languages, by their tags (BCP 47), and what each calls itself. */
export const LANGUAGES = { en: 'English', ru: 'Русский', zh: '中文' } as const
export type Language = keyof typeof LANGUAGES

/** One text. */
type Message = Readonly<Record<Language, string>>

export const MESSAGES = {
  // The frame
  skipToContent: { en: 'Skip to content', ru: 'Перейти к содержимому', zh: '跳到内容' },
  overview: { en: 'Overview', ru: 'Обзор', zh: '概览' },
  tasks: { en: 'Tasks', ru: 'Задачи', zh: '任务' },
  instance: { en: 'Service instance', ru: 'Экземпляр сервиса', zh: '服务实例' },
  language: { en: 'Language', ru: 'Язык', zh: '语言' },
  theme: { en: 'Theme', ru: 'Тема', zh: '主题' },
  themeSystem: { en: 'System', ru: 'Системная', zh: '跟随系统' },
  themeLight: { en: 'Light', ru: 'Светлая', zh: '浅色' },
  themeDark: { en: 'Dark', ru: 'Тёмная', zh: '深色' },
  mainNavigation: { en: 'Main', ru: 'Основная навигация', zh: '主导航' },
  apiDocs: { en: 'API', ru: 'API', zh: 'API' },
  signOut: { en: 'Sign out', ru: 'Выйти', zh: '退出登录' },

  // The start
  startTitle: { en: 'Whose work do you want to see?', ru: 'Чьи задачи показать?', zh: '要查看谁的任务？' },
  startNote: {
    en: 'A service instance is the tenant that tasks belong to, such as a virtual data center. Type its name as your services record it.',
    ru: 'Экземпляр сервиса — это тенант, которому принадлежат задачи, например виртуальный дата-центр. Введите его имя в том виде, в котором его указывают ваши сервисы.',
    zh: '服务实例是任务所属的租户，例如一个虚拟数据中心。请输入服务写入任务时使用的名称。',
  },
  show: { en: 'Show', ru: 'Показать', zh: '查看' },
  recentInstances: { en: 'Seen lately', ru: 'Недавние', zh: '最近查看' },
  forget: { en: 'Forget {name}', ru: 'Забыть {name}', zh: '移除 {name}' },
  instanceInvalid: {
    en: 'A name has 1 to 128 letters, digits and . _ ~ -',
    ru: 'Имя состоит из 1–128 латинских букв, цифр и знаков . _ ~ -',
    zh: '名称由 1 至 128 个字母、数字及 . _ ~ - 组成',
  },

  // The connection
  connecting: { en: 'Connecting', ru: 'Подключение', zh: '正在连接' },
  live: { en: 'Live', ru: 'В реальном времени', zh: '实时' },
  behind: { en: '{time} behind', ru: 'Отстаёт на {time}', zh: '落后 {time}' },
  disconnected: { en: 'Disconnected', ru: 'Нет связи', zh: '已断开' },
  resting: { en: 'Paused while hidden', ru: 'Приостановлено: страница скрыта', zh: '页面隐藏时暂停' },
  lostNote: {
    en: 'No connection since {time}. What you see may be old. Trying again.',
    ru: 'Связь потеряна: {time}. Данные могли устареть. Идёт повторное подключение.',
    zh: '自 {time} 起连接中断。所见内容可能已过时。正在重试。',
  },
  tryNow: { en: 'Try now', ru: 'Повторить сейчас', zh: '立即重试' },

  // Errors
  unreachable: { en: 'The server does not answer', ru: 'Сервер не отвечает', zh: '服务器没有响应' },
  unreachableNote: {
    en: 'Check that it runs and that this computer can reach it.',
    ru: 'Проверьте, что он запущен и доступен с этого компьютера.',
    zh: '请确认服务器正在运行，并且本机可以访问它。',
  },
  refused: { en: 'The server refused this', ru: 'Сервер отклонил запрос', zh: '服务器拒绝了请求' },
  filterWrong: { en: 'The filter cannot be read', ru: 'Не удалось разобрать фильтр', zh: '无法读取筛选条件' },
  pageGone: { en: 'This page of the list is no longer there', ru: 'Этой страницы списка больше нет', zh: '列表的这一页已失效' },
  pageGoneNote: {
    en: 'Links to a page hold for a day, and only for the list they were made for.',
    ru: 'Ссылка на страницу действует сутки и только для того списка, для которого она создана.',
    zh: '页面链接有效期为一天，且只适用于生成它的列表。',
  },
  toFirstPage: { en: 'To the first page', ru: 'На первую страницу', zh: '回到第一页' },
  taskMissing: { en: 'There is no such task here', ru: 'Такой задачи здесь нет', zh: '此处没有该任务' },
  taskMissingNote: {
    en: 'Nothing called {id} is known in {instance}. It may belong to another service instance, or have been deleted.',
    ru: 'В экземпляре {instance} нет задачи {id}. Возможно, она принадлежит другому экземпляру сервиса или была удалена.',
    zh: '在 {instance} 中找不到 {id}。它可能属于其他服务实例，或已被删除。',
  },
  pageUnknown: { en: 'There is no such page', ru: 'Такой страницы нет', zh: '没有这个页面' },
  broken: { en: 'This view cannot show what the server answered', ru: 'Не удаётся показать ответ сервера', zh: '无法显示服务器的响应' },
  tryAgain: { en: 'Try again', ru: 'Повторить', zh: '重试' },
  loading: { en: 'Loading', ru: 'Загрузка', zh: '正在加载' },
  reason: { en: 'Reason', ru: 'Причина', zh: '原因' },

  // Statuses
  PENDING: { en: 'Pending', ru: 'Ожидает', zh: '等待中' },
  RUNNING: { en: 'Running', ru: 'Выполняется', zh: '运行中' },
  PAUSING: { en: 'Pausing', ru: 'Приостанавливается', zh: '正在暂停' },
  PAUSED: { en: 'Paused', ru: 'Приостановлена', zh: '已暂停' },
  CANCELLING: { en: 'Cancelling', ru: 'Отменяется', zh: '正在取消' },
  SUCCEEDED: { en: 'Succeeded', ru: 'Успешно', zh: '成功' },
  FAILED: { en: 'Failed', ru: 'Ошибка', zh: '失败' },
  CANCELLED: { en: 'Cancelled', ru: 'Отменена', zh: '已取消' },
  WARNING: { en: 'With a warning', ru: 'С замечаниями', zh: '成功但有警告' },
  PARTIAL: { en: 'Done in part', ru: 'Частично', zh: '部分完成' },

  // The overview
  runningNow: { en: 'Running now', ru: 'Выполняются сейчас', zh: '正在运行' },
  waitingNow: { en: 'Waiting', ru: 'Ожидают', zh: '等待中' },
  succeededCount: { en: 'Succeeded', ru: 'Успешно', zh: '成功' },
  failedCount: { en: 'Failed', ru: 'С ошибкой', zh: '失败' },
  cancelledCount: { en: 'Cancelled', ru: 'Отменены', zh: '已取消' },
  failedLately: { en: 'Failed lately', ru: 'Недавние ошибки', zh: '最近失败' },
  all: { en: 'All', ru: 'Все', zh: '全部' },
  allTasks: { en: 'All tasks', ru: 'Все задачи', zh: '全部任务' },
  seeAll: { en: 'See all', ru: 'Показать все', zh: '查看全部' },
  timeline: { en: 'Timeline', ru: 'Временная шкала', zh: '时间线' },
  timelineNote: {
    en: 'Commands: {rows}. Tasks: {tasks}. The list has the same tasks as text.',
    ru: 'Команд: {rows}. Задач: {tasks}. Те же задачи в виде текста — в списке.',
    zh: '命令：{rows}。任务：{tasks}。列表以文字形式显示相同任务。',
  },
  moreCommands: { en: 'More commands: {count}', ru: 'и ещё команд: {count}', zh: '另有 {count} 个命令' },
  spanAuto: { en: 'Fit', ru: 'Авто', zh: '自动' },
  spanMinutes: { en: '{count} min', ru: '{count} мин', zh: '{count} 分钟' },
  spanHours: { en: '{count} h', ru: '{count} ч', zh: '{count} 小时' },
  span: { en: 'Span of the timeline', ru: 'Период шкалы', zh: '时间线范围' },
  nothingRuns: { en: 'Nothing is running', ru: 'Нет выполняющихся задач', zh: '没有正在运行的任务' },
  nothingRunsNote: { en: 'Work appears here as soon as a service starts it.', ru: 'Задачи появятся здесь, как только сервис их запустит.', zh: '服务启动任务后会立即显示在这里。' },
  nothingWaits: { en: 'Nothing is waiting', ru: 'Нет ожидающих задач', zh: '没有等待的任务' },
  nothingFailed: { en: 'Nothing has failed', ru: 'Ошибок нет', zh: '没有失败的任务' },
  emptyInstance: { en: 'No tasks yet in {instance}', ru: 'В {instance} пока нет задач', zh: '{instance} 中还没有任务' },
  emptyInstanceNote: {
    en: 'Check the name, or record the first task from a terminal:',
    ru: 'Проверьте имя или создайте первую задачу из терминала:',
    zh: '请检查名称，或在终端中创建第一个任务：',
  },
  nothingLately: { en: 'Nothing happened in this span', ru: 'За этот период ничего не происходило', zh: '此时间段内没有活动' },

  // The list
  filterStatus: { en: 'Status', ru: 'Состояние', zh: '状态' },
  filterText: { en: 'Begins with', ru: 'Начинается с', zh: '开头为' },
  filterTextNote: {
    en: 'Command, service, creator or resource',
    ru: 'Команда, сервис, автор или ресурс',
    zh: '命令、服务、创建者或资源',
  },
  filterLabel: { en: 'Label', ru: 'Метка', zh: '标签' },
  filterExpression: { en: 'Filter expression', ru: 'Выражение фильтра', zh: '筛选表达式' },
  clearFilter: { en: 'Clear', ru: 'Очистить', zh: '清除' },
  moreFilters: { en: 'More filters', ru: 'Больше фильтров', zh: '更多筛选' },
  sort: { en: 'Sort', ru: 'Порядок', zh: '排序' },
  'created_at desc': { en: 'Newest first', ru: 'Сначала новые', zh: '最新优先' },
  created_at: { en: 'Oldest first', ru: 'Сначала старые', zh: '最早优先' },
  'modified_at desc': { en: 'Recently changed first', ru: 'Сначала недавно изменённые', zh: '最近更改优先' },
  modified_at: { en: 'Least recently changed first', ru: 'Сначала давно изменённые', zh: '最早更改优先' },
  columns: { en: 'Columns', ru: 'Столбцы', zh: '列' },
  copyAs: { en: 'Copy as', ru: 'Копировать как', zh: '复制为' },
  copy: { en: 'Copy', ru: 'Копировать', zh: '复制' },
  copied: { en: 'Copied', ru: 'Скопировано', zh: '已复制' },
  pageSize: { en: 'Per page', ru: 'На странице', zh: '每页' },
  previousPage: { en: 'Previous', ru: 'Назад', zh: '上一页' },
  nextPage: { en: 'Next', ru: 'Вперёд', zh: '下一页' },
  pages: { en: 'Pages', ru: 'Страницы', zh: '分页' },
  shown: { en: '{count} shown', ru: 'Показано: {count}', zh: '显示 {count} 项' },
  newerTasks: { en: '{count} newer', ru: 'Новых: {count}', zh: '{count} 个新任务' },
  noMatch: { en: 'No task matches', ru: 'Ничего не найдено', zh: '没有匹配的任务' },
  noMatchNote: {
    en: 'Take away a part of the filter, or wait: what matches will appear here.',
    ru: 'Уберите часть фильтра или подождите: подходящие задачи появятся здесь.',
    zh: '请减少筛选条件，或稍候：匹配的任务会显示在这里。',
  },
  shortPage: {
    en: 'Nothing among the tasks looked at so far. There are more to look at.',
    ru: 'Среди просмотренных задач подходящих нет. Есть ещё непросмотренные.',
    zh: '到目前为止检查的任务中没有匹配项，还有更多任务待检查。',
  },
  lookFurther: { en: 'Look further', ru: 'Искать дальше', zh: '继续查找' },
  openTask: { en: 'Open task {id}', ru: 'Открыть задачу {id}', zh: '打开任务 {id}' },

  // Fields
  status: { en: 'Status', ru: 'Состояние', zh: '状态' },
  command: { en: 'Command', ru: 'Команда', zh: '命令' },
  about: { en: 'About', ru: 'Объект', zh: '对象' },
  progress: { en: 'Progress', ru: 'Прогресс', zh: '进度' },
  service: { en: 'Service', ru: 'Сервис', zh: '服务' },
  createdBy: { en: 'Created by', ru: 'Автор', zh: '创建者' },
  createdAt: { en: 'Created', ru: 'Создана', zh: '创建时间' },
  startedAt: { en: 'Started', ru: 'Начата', zh: '开始时间' },
  endedAt: { en: 'Ended', ru: 'Завершена', zh: '结束时间' },
  modifiedAt: { en: 'Changed', ru: 'Изменена', zh: '更改时间' },
  duration: { en: 'Duration', ru: 'Длительность', zh: '时长' },
  labels: { en: 'Labels', ru: 'Метки', zh: '标签' },
  owner: { en: 'Owner', ru: 'Исполнитель', zh: '执行者' },
  revision: { en: 'Revision', ru: 'Ревизия', zh: '修订号' },
  id: { en: 'ID', ru: 'Идентификатор', zh: 'ID' },
  resource: { en: 'Resource', ru: 'Ресурс', zh: '资源' },
  deadline: { en: 'Deadline', ru: 'Крайний срок', zh: '截止时间' },
  partOf: { en: 'Part of', ru: 'Часть задачи', zh: '所属任务' },
  endReason: { en: 'Ended because', ru: 'Причина завершения', zh: '结束原因' },

  // End reasons
  COMPLETED: { en: 'The producer completed it', ru: 'Исполнитель завершил работу', zh: '执行者已完成' },
  PRODUCER_FAILED: { en: 'The producer failed it', ru: 'Исполнитель сообщил об ошибке', zh: '执行者报告失败' },
  USER_CANCEL: { en: 'Somebody cancelled it', ru: 'Отменена по запросу', zh: '已被人取消' },
  OWNER_LOST: { en: 'Its owner fell silent', ru: 'Исполнитель перестал отвечать', zh: '执行者失去响应' },
  DEADLINE: { en: 'Its deadline passed', ru: 'Истёк крайний срок', zh: '已超过截止时间' },
  ABANDONED: { en: 'A cancel was not answered', ru: 'На запрос отмены не ответили', zh: '取消请求未获响应' },

  // The task
  taskTabs: { en: 'Views of the task', ru: 'Представления задачи', zh: '任务视图' },
  history: { en: 'History', ru: 'История', zh: '历史' },
  data: { en: 'Data', ru: 'Данные', zh: '数据' },
  faces: { en: 'In every API', ru: 'В каждом API', zh: '各 API 视图' },
  parts: { en: 'Parts', ru: 'Подзадачи', zh: '子任务' },
  showParts: { en: 'Show the parts of {name}', ru: 'Показать подзадачи {name}', zh: '显示 {name} 的子任务' },
  details: { en: 'Details', ru: 'Сведения', zh: '详情' },
  lease: { en: 'Lease', ru: 'Аренда', zh: '租约' },
  leaseOwner: { en: 'Owner {owner}, attempt {attempt} of {most}', ru: 'Исполнитель {owner}, попытка {attempt} из {most}', zh: '执行者 {owner}，第 {attempt}/{most} 次尝试' },
  leaseNobody: { en: 'Nobody does the work yet', ru: 'Задачу пока никто не выполняет', zh: '尚无执行者' },
  heartbeatAgo: { en: 'Last heartbeat: {time}', ru: 'Последний сигнал: {time}', zh: '上次心跳：{time}' },
  leaseLapses: { en: 'Lapses in {time} unless renewed', ru: 'Истечёт через {time}, если не продлить', zh: '若不续约，将在 {time} 后到期' },
  leaseLapsed: { en: 'The lease has lapsed: the owner is silent', ru: 'Аренда истекла: исполнитель молчит', zh: '租约已到期：执行者无响应' },
  leaseUnknown: { en: 'It has to be seen whether it was renewed', ru: 'Продлена ли она, пока неизвестно', zh: '是否已续约尚不清楚' },
  errorCode: { en: 'Code', ru: 'Код', zh: '代码' },
  historyEmpty: { en: 'The history no longer reaches back to the last change of this task.', ru: 'Последнее изменение этой задачи уже вышло за срок хранения истории.', zh: '此任务的最后更改已超出历史保留期限。' },
  taskDeleted: { en: 'This task has been deleted. This is what it was last.', ru: 'Эта задача удалена. Показано её последнее состояние.', zh: '此任务已被删除。以下是它最后的状态。' },
  updatesFolded: { en: '{count} updates', ru: 'Обновлений: {count}', zh: '{count} 次更新' },
  by: { en: 'by {name}', ru: '— {name}', zh: '由 {name}' },
  metadata: { en: 'Metadata', ru: 'Метаданные', zh: '元数据' },
  response: { en: 'Response', ru: 'Результат', zh: '结果' },
  error: { en: 'Error', ru: 'Ошибка', zh: '错误' },
  nothingHere: { en: 'None', ru: 'Нет', zh: '无' },
  unknownType: {
    en: 'The server does not know this type; this is what it holds in base64 (bytes: {bytes}).',
    ru: 'Сервер не знает этого типа; ниже — его байты в base64 (байт: {bytes}).',
    zh: '服务器无法识别此类型；以下是其 base64 编码（{bytes} 字节）。',
  },
  retryIn: { en: 'May be tried again after {time}', ru: 'Можно повторить через {time}', zh: '可在 {time} 后重试' },
  field: { en: 'Field', ru: 'Поле', zh: '字段' },
  problem: { en: 'What is wrong', ru: 'Проблема', zh: '问题' },
  notServed: { en: 'Not shown by this API', ru: 'Этот API не показывает задачу', zh: '此 API 不提供该任务' },

  // Steering
  cancel: { en: 'Cancel task', ru: 'Отменить задачу', zh: '取消任务' },
  pause: { en: 'Pause', ru: 'Приостановить', zh: '暂停' },
  resume: { en: 'Resume', ru: 'Возобновить', zh: '恢复' },
  cancelQuestion: { en: 'Cancel this task?', ru: 'Отменить эту задачу?', zh: '要取消此任务吗？' },
  pauseQuestion: { en: 'Pause this task?', ru: 'Приостановить эту задачу?', zh: '要暂停此任务吗？' },
  resumeQuestion: { en: 'Resume this task?', ru: 'Возобновить эту задачу?', zh: '要恢复此任务吗？' },
  cancelNote: {
    en: 'Its producer is asked to stop and clean up. What has been done stays done, and its parts are cancelled with it.',
    ru: 'Исполнитель получит запрос остановиться и освободить ресурсы. Сделанное сохранится, подзадачи будут отменены вместе с задачей.',
    zh: '将请求执行者停止并清理。已完成的部分会保留，子任务将一并取消。',
  },
  cancelAtOnceNote: {
    en: 'Nobody has started it: it is cancelled at once, and its parts with it.',
    ru: 'Выполнение ещё не начато: задача и её подзадачи будут отменены сразу.',
    zh: '任务尚未开始，将连同子任务立即取消。',
  },
  pauseNote: { en: 'Its producer is asked to stand still at the next good moment.', ru: 'Исполнитель получит запрос приостановиться в подходящий момент.', zh: '将请求执行者在合适的时机暂停。' },
  resumeNote: { en: 'Its producer goes on where it stands.', ru: 'Исполнитель продолжит с того же места.', zh: '执行者将从当前位置继续。' },
  reasonLabel: { en: 'Why (whoever reads the history will see it)', ru: 'Причина (будет видна в истории)', zh: '原因（将显示在历史中）' },
  keep: { en: 'Leave it as it is', ru: 'Не менять', zh: '保持不变' },
  cancelAsked: { en: '{name} asked for a cancel, {time}. The producer has not answered yet.', ru: 'Запрошена отмена: {name}, {time}. Исполнитель ещё не ответил.', zh: '{name} 于 {time} 请求取消，执行者尚未响应。' },
  pauseAsked: { en: '{name} asked for a pause, {time}. The producer has not answered yet.', ru: 'Запрошена приостановка: {name}, {time}. Исполнитель ещё не ответил.', zh: '{name} 于 {time} 请求暂停，执行者尚未响应。' },

  // Events
  eventCREATED: { en: 'Recorded', ru: 'Создана', zh: '已创建' },
  eventSTARTED: { en: 'Started', ru: 'Начата', zh: '已开始' },
  eventUPDATED: { en: 'Updated', ru: 'Обновлена', zh: '已更新' },
  eventPAUSE_REQUESTED: { en: 'Pause requested', ru: 'Запрошена приостановка', zh: '已请求暂停' },
  eventPAUSED: { en: 'Paused', ru: 'Приостановлена', zh: '已暂停' },
  eventRESUMED: { en: 'Resumed', ru: 'Возобновлена', zh: '已恢复' },
  eventPAUSE_ABANDONED: { en: 'Pause not answered', ru: 'На приостановку не ответили', zh: '暂停未获响应' },
  eventCANCEL_REQUESTED: { en: 'Cancel requested', ru: 'Запрошена отмена', zh: '已请求取消' },
  eventCANCELLED: { en: 'Cancelled', ru: 'Отменена', zh: '已取消' },
  eventSUCCEEDED: { en: 'Succeeded', ru: 'Успешно завершена', zh: '已成功' },
  eventFAILED: { en: 'Failed', ru: 'Завершена с ошибкой', zh: '已失败' },
  eventLEASE_EXPIRED: { en: 'Owner lost, waiting for another', ru: 'Исполнитель потерян, задача ждёт другого', zh: '执行者失联，等待接手' },
  eventDELETED: { en: 'Deleted', ru: 'Удалена', zh: '已删除' },
  eventEXPIRED: { en: 'Deleted by the retention policy', ru: 'Удалена по сроку хранения', zh: '按保留策略删除' },

  // The APIs
  faceOpenShift: { en: 'The documented form: Any as type URL and base64', ru: 'Как в документации: Any — это type URL и base64', zh: '文档所述形式：Any 为类型 URL 与 base64' },
  faceAny: { en: 'Any as what is inside', ru: 'Any в раскрытом виде', zh: 'Any 展开显示' },
  faceOperation: { en: 'For clients of google.longrunning (AIP-151)', ru: 'Для клиентов google.longrunning (AIP-151)', zh: '供 google.longrunning 客户端使用（AIP-151）' },
  faceAstra: { en: 'For Astra toolkits; the instance is a UUID there', ru: 'Для клиентов Astra; экземпляр должен быть UUID', zh: '供 Astra 工具使用；实例须为 UUID' },
  faceNse: { en: 'For callers of the jobs API', ru: 'Для клиентов API заданий', zh: '供 jobs API 的调用方使用' },
  faceMonitor: { en: 'For pollers of the Azure style', ru: 'Для клиентов, опрашивающих в стиле Azure', zh: '供 Azure 风格的轮询客户端使用' },

  // Signing in
  signIn: { en: 'Sign in', ru: 'Войти', zh: '登录' },
  signInTitle: { en: 'This server wants to know who you are', ru: 'Серверу нужно знать, кто вы', zh: '服务器需要确认您的身份' },
  signInAgain: { en: 'Your sign-in has ended', ru: 'Сеанс истёк', zh: '登录已过期' },
  signInToken: { en: 'Access token', ru: 'Токен доступа', zh: '访问令牌' },
  signInNote: {
    en: 'It is kept for this tab only, and sent to this server only.',
    ru: 'Токен хранится только в этой вкладке и отправляется только этому серверу.',
    zh: '令牌仅保存在此标签页中，并且只发送给此服务器。',
  },
  signInWith: { en: 'Sign in with {name}', ru: 'Войти через {name}', zh: '使用 {name} 登录' },
  signInFailed: { en: 'Signing in did not work: {reason}', ru: 'Войти не удалось: {reason}', zh: '登录失败：{reason}' },
} as const satisfies Readonly<Record<string, Message>>

export type MessageKey = keyof typeof MESSAGES

/** The text of a message, with its values in their places. */
export function message(language: Language, key: MessageKey, values: Readonly<Record<string, string>> = {}): string {
  return MESSAGES[key][language].replaceAll(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? '')
}
