// What the package exports as `taskplane/gateway`. Nothing inside the project imports it.
export { StatusError } from '../base/status-error.js'
export { channelCall } from './channel-call.js'
export type { CorsOptions } from './cors.js'
export { createGateway } from './gateway.js'
export type { GatewayHandler } from './gateway.js'
export { handlersCall } from './handlers-call.js'
export type { Handler, HandlerAnswer } from './handlers-call.js'
export type { RuleBinding, ServiceRule } from './http-rule.js'
export type { GatewayRequest, GatewayResponse } from './http-message.js'
export type { Metadata } from './metadata.js'
export type {
  AnswerDescription,
  AnswerRecord,
  Call,
  CallAnswer,
  CallContext,
  DocumentLink,
  GatewayOptions,
  JsonOptions,
  OpenApiOptions,
  StreamPosition,
} from './options.js'
export { createReflectedGateway } from './reflected-gateway.js'
export type { ReflectedGateway, ReflectedOptions } from './reflected-gateway.js'
export type { GatewayMethod } from './route.js'
export { compileProtos, readDescriptorSet } from './schema-files.js'
export { reflectSchema } from './schema-reflection.js'
export { openUpstreamGateway } from './upstream-gateway.js'
export type { SchemaSource, UpstreamGateway, UpstreamOptions } from './upstream-gateway.js'
