package org.rekey.runtime.grpc;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;

/// The sending half of a server stream, with back-pressure: [#send] waits until the caller can take
/// more.
public final class ResponseStream<A> {
  private final ServerCallStreamObserver<A> observer;

  ResponseStream(ServerCallStreamObserver<A> observer) {
    this.observer = observer;
    observer.setOnReadyHandler(this::wake);
    observer.setOnCancelHandler(this::wake);
  }

  public void send(A message) {
    awaitReady();
    observer.onNext(message);
  }

  private synchronized void awaitReady() {
    while (!observer.isReady()) {
      if (observer.isCancelled()) {
        throw Status.CANCELLED.withDescription("the caller went away").asRuntimeException();
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Status.CANCELLED.withDescription("the server is stopping").asRuntimeException();
      }
    }
  }

  private synchronized void wake() {
    notifyAll();
  }
}
