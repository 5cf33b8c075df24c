// What the gRPC port says: its health, its schema, and whether calls of this caller are taken.
import { Metadata, status, type ChannelCredentials, type Interceptor, type ServiceError } from '@grpc/grpc-js'
import { HealthClient, type HealthCheckResponse } from '../../gen/health/v1/health.js'
import { ServerReflectionClient, type ServerReflectionResponse } from '../../gen/grpc/reflection/v1/reflection.js'
import { GetTaskRequest, TaskServiceClient } from '../../gen/openshift/v1/task_service.js'
import { DOCTOR_LIMITS } from '../limits.js'
import { finding, type Finding } from './finding.js'

/** How to call. */
export interface GrpcTarget {
  /** `host:port`. */
  readonly address: string
  readonly credentials: ChannelCredentials
  /** What adds to calls who makes them. */
  readonly interceptors: Interceptor[]
  /** A service instance that the caller may read; what it holds does not matter. */
  readonly instance: string
}

const SERVICE = 'openshift.v1.TaskService'

/** Asks the server. */
export async function checkGrpc(target: GrpcTarget): Promise<Finding[]> {
  return [await checkHealth(target), await checkReflection(target), await checkCall(target)]
}

async function checkHealth({ address, credentials }: GrpcTarget): Promise<Finding> {
  const { ok, failure } = finding('gRPC health')
  const client = new HealthClient(address, credentials)
  try {
    const answer = await new Promise<HealthCheckResponse>((resolve, reject) => {
      client.check({ service: SERVICE }, new Metadata(), { deadline: deadline() }, (error, response) => {
        if (error === null) resolve(response)
        else reject(error)
      })
    })
    return answer.status === 'SERVING' ? ok('SERVING') : failure(`${answer.status}: the server cannot serve; its log says why`)
  } catch (error) {
    return failure(`no answer (${(error as ServiceError).details}): is this the gRPC port, and not that of REST?`)
  } finally {
    client.close()
  }
}

async function checkReflection({ address, credentials, interceptors }: GrpcTarget): Promise<Finding> {
  const { ok, warning } = finding('gRPC reflection')
  const client = new ServerReflectionClient(address, credentials, { interceptors })
  try {
    const services = await new Promise<string[]>((resolve, reject) => {
      const call = client.serverReflectionInfo(new Metadata(), { deadline: deadline() })
      call.on('data', ({ messageResponse }: ServerReflectionResponse) => {
        resolve(messageResponse?.$case === 'listServicesResponse' ? messageResponse.value.service.map(({ name }) => name) : [])
        call.end()
      })
      call.on('error', reject)
      call.write({ host: '', messageRequest: { $case: 'listServices', value: '' } })
    })
    return services.includes(SERVICE) ? ok(`${services.length} services`) : warning(`there is no ${SERVICE}: this is another server`)
  } catch (error) {
    return warning(`no answer (${(error as ServiceError).details}): tools such as grpcurl need the proto files`)
  } finally {
    client.close()
  }
}

/** Asks for a task that there cannot be: NOT_FOUND says that everything up to the store works. */
async function checkCall({ address, credentials, interceptors, instance }: GrpcTarget): Promise<Finding> {
  const { ok, failure } = finding('calls')
  const client = new TaskServiceClient(address, credentials, { interceptors })
  const request = GetTaskRequest.create({ serviceInstanceId: instance, taskId: 'taskplane-doctor' })
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.getTask(request, new Metadata(), { deadline: deadline() }, (outcome) => resolve(outcome))
  })
  client.close()
  switch (error?.code) {
    case undefined:
    case status.NOT_FOUND:
      return ok('this caller is known, and gets answers')
    case status.UNAUTHENTICATED:
      return failure('the server does not accept who calls: give credentials, or others')
    case status.PERMISSION_DENIED:
      return failure(`this caller may not read the service instance ${instance}`)
    default:
      return failure(`a call ends with ${status[error?.code ?? status.UNKNOWN]}: ${error?.details ?? ''}`)
  }
}

function deadline(): number {
  return Date.now() + DOCTOR_LIMITS.checkMs
}
