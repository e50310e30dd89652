package org.rekey.runtime.grpc;

import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// Binds plain methods that return or throw to the rpcs of a service. A method of the contract that
/// is not bound answers UNIMPLEMENTED.
public final class RpcService {
  private static final Executor VIRTUAL_THREADS = Executors.newVirtualThreadPerTaskExecutor();

  private RpcService() {}

  public static Builder of(ServiceDescriptor descriptor) {
    return new Builder(descriptor);
  }

  /// Every binding answers through the one catalogue of failures, [RpcFailure#toStatus]: an `Error`
  /// too, or its caller would wait for an answer that never comes.
  public static final class Builder {
    private final ServiceDescriptor descriptor;
    private final ServerServiceDefinition.Builder service;
    private final Set<String> bound = new HashSet<>();

    private Builder(ServiceDescriptor descriptor) {
      this.descriptor = descriptor;
      this.service = ServerServiceDefinition.builder(descriptor);
    }

    /// A handler that may block: it gets a virtual thread of its own.
    public <Q, A> Builder unary(MethodDescriptor<Q, A> method, Function<Q, A> handler) {
      bound.add(method.getFullMethodName());
      service.addMethod(
          method,
          ServerCalls.asyncUnaryCall(
              (request, observer) ->
                  VIRTUAL_THREADS.execute(
                      Context.current().wrap(() -> answer(request, observer, handler)))));
      return this;
    }

    /// A handler that must never block: it runs on the event loop, which saves half of a small
    /// call's cost.
    public <Q, A> Builder direct(
        MethodDescriptor<Q, A> method, Function<Q, CompletionStage<A>> handler) {
      bound.add(method.getFullMethodName());
      service.addMethod(
          method,
          ServerCalls.asyncUnaryCall(
              (request, observer) -> answerLater(request, observer, handler)));
      return this;
    }

    /// A handler that sends any number of answers and blocks while the caller is slow to take them.
    public <Q, A> Builder serverStream(
        MethodDescriptor<Q, A> method, BiConsumer<Q, ResponseStream<A>> handler) {
      bound.add(method.getFullMethodName());
      service.addMethod(
          method,
          ServerCalls.asyncServerStreamingCall(
              (request, observer) -> {
                ResponseStream<A> stream =
                    new ResponseStream<>((ServerCallStreamObserver<A>) observer);
                VIRTUAL_THREADS.execute(
                    Context.current()
                        .wrap(
                            () -> {
                              try {
                                handler.accept(request, stream);
                                observer.onCompleted();
                              } catch (RuntimeException | Error e) {
                                observer.onError(RpcFailure.toStatus(e));
                              }
                            }));
              }));
      return this;
    }

    /// Both sides stream. The handler is called on the event loop and must never block.
    public <Q, A> Builder bidiStream(
        MethodDescriptor<Q, A> method, ServerCalls.BidiStreamingMethod<Q, A> handler) {
      bound.add(method.getFullMethodName());
      service.addMethod(method, ServerCalls.asyncBidiStreamingCall(handler));
      return this;
    }

    public ServerServiceDefinition build() {
      for (MethodDescriptor<?, ?> method : descriptor.getMethods()) {
        if (!bound.contains(method.getFullMethodName())) {
          bindUnimplemented(method);
        }
      }
      return service.build();
    }

    private <Q, A> void bindUnimplemented(MethodDescriptor<Q, A> method) {
      service.addMethod(
          method,
          ServerCalls.asyncUnaryCall(
              (_, observer) -> ServerCalls.asyncUnimplementedUnaryCall(method, observer)));
    }

    private static <Q, A> void answer(
        Q request, StreamObserver<A> observer, Function<Q, A> handler) {
      A response;
      try {
        response = handler.apply(request);
      } catch (RuntimeException | Error e) {
        observer.onError(RpcFailure.toStatus(e));
        return;
      }
      observer.onNext(response);
      observer.onCompleted();
    }

    private static <Q, A> void answerLater(
        Q request, StreamObserver<A> observer, Function<Q, CompletionStage<A>> handler) {
      CompletionStage<A> later;
      try {
        later = handler.apply(request);
      } catch (RuntimeException | Error e) {
        observer.onError(RpcFailure.toStatus(e));
        return;
      }
      later.whenComplete(
          (response, failure) -> {
            if (failure != null) {
              observer.onError(RpcFailure.toStatus(failure));
            } else {
              observer.onNext(response);
              observer.onCompleted();
            }
          });
    }
  }
}
