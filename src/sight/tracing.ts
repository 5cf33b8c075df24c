// Traces by OpenTelemetry: a span for each call, and one for each operation of the store that the call needs. Spans are made by
// hand, where all calls and all operations pass anyway, so that nothing has to be loaded before anything else.
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { codeFromJSON } from '../../gen/google/rpc/code.js'
import type { CallObserver, CallRecord, FollowedCall, TraceParent } from '../api/call-observer.js'
import type { Operation } from '../api/operation.js'
import type { Soon } from '../base/soon.js'
import type { StoreObserver, StoreOperation } from './observed-store.js'

/** Codes that are faults of the server, as the conventions of OpenTelemetry for RPC have them; others are the caller's. */
const SERVER_FAULTS: ReadonlySet<string> = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
])

/** Traces calls and the store. */
export interface Tracing extends CallObserver, StoreObserver {
  /** Sends what is waiting, and no more. */
  stop(): Promise<void>
}

/**
 * Sends spans over OTLP/HTTP to `endpoint`, such as `http://127.0.0.1:4318`, under `/v1/traces`. What else there is to set is
 * taken from the environment as OpenTelemetry defines it: OTEL_SERVICE_NAME (default: taskplane), OTEL_RESOURCE_ATTRIBUTES,
 * OTEL_TRACES_SAMPLER and its argument, OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_*.
 */
export function startTracing(endpoint: string, version: string): Tracing {
  const named = resourceFromAttributes({ 'service.name': 'taskplane', 'service.version': version })
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(named).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: new URL('v1/traces', `${endpoint.replace(/\/$/, '')}/`).href }))],
  })
  // The global ones: they carry the current span and read traceparent (W3C Trace Context).
  provider.register()
  return new CallTracing(provider)
}

class CallTracing implements Tracing {
  private readonly provider: NodeTracerProvider
  private readonly tracer: Tracer

  constructor(provider: NodeTracerProvider) {
    this.provider = provider
    this.tracer = provider.getTracer('taskplane')
  }

  begin({ name }: Operation, parent: TraceParent | undefined): FollowedCall {
    const from = parent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, parent)
    const attributes = { 'rpc.method': name }
    const span = this.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, from)
    const inside = trace.setSpan(from, span)
    return {
      within: (work) => context.with(inside, work),
      end: (record) => endCall(span, record),
    }
  }

  operate<T extends Soon<unknown>>(operation: StoreOperation, work: () => T): T {
    // What nobody asked for, such as a probe or a purge, would be a trace of its own.
    if (trace.getActiveSpan() === undefined) return work()
    const span = this.tracer.startSpan(`store.${operation}`, { kind: SpanKind.CLIENT, attributes: { 'db.operation.name': operation } })
    let answer: T
    try {
      answer = work()
    } catch (error) {
      endFailed(span)
      throw error
    }
    if (answer instanceof Promise) answer.then(() => span.end(), () => endFailed(span))
    else span.end()
    return answer
  }

  stop(): Promise<void> {
    return this.provider.shutdown()
  }
}

function endFailed(span: Span): void {
  span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** Names of who called and for which instance stay out: traces go where logs of access may not. */
function endCall(span: Span, { callId, code, reason }: CallRecord): void {
  const status = codeFromJSON(code)
  span.setAttribute('rpc.response.status_code', status)
  span.setAttribute('taskplane.request_id', callId)
  if (reason !== undefined) span.setAttribute('error.type', reason)
  if (SERVER_FAULTS.has(status)) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}
