package org.rekey.gateway.verdict;

import com.google.protobuf.UnsafeByteOperations;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.auth.v1.VerifyBatch;
import org.rekey.proto.auth.v1.VerifyRequest;

/// Which tokens the issuer has at hand for one stream, so that they need not be sent again: those
/// asked about last of the ones that were accepted. What was asked about once takes no room there,
/// and what strangers send none at all. For one event loop.
final class KeptTokens {
  /// What an issuer may have this end remember.
  private static final int MOST = 1024;

  /// Longer ones are sent each time: an issuer keeps none of them.
  private static final int LONGEST = 2048;

  private final Map<Text, Place> places = new LinkedHashMap<>(16, 0.75f, true);
  private int room;

  /// @param places how many the issuer has
  void room(int places) {
    room = Math.max(room, Math.min(places, MOST));
  }

  /// The next question of the stream; the issuer takes them in this order.
  VerifyBatch.Item question(long id, byte[] token, byte[] certificateSha256) {
    Place place = room == 0 ? null : places.get(new Text(token));
    VerifyRequest.Builder request = VerifyRequest.newBuilder();
    if (certificateSha256.length > 0) {
      request.setCertificateSha256(UnsafeByteOperations.unsafeWrap(certificateSha256));
    }
    if (place == null || !place.isTaken) {
      request.setToken(UnsafeByteOperations.unsafeWrap(token));
    }
    VerifyBatch.Item.Builder item = VerifyBatch.Item.newBuilder().setId(id).setRequest(request);
    if (place != null) {
      item.setPlace(place.number);
      place.isTaken = true;
    }
    return item.build();
  }

  /// The token is good. With the next question about it, it goes to its place.
  void accepted(byte[] token) {
    if (room == 0 || token.length > LONGEST) {
      return;
    }
    Text text = new Text(token);
    if (places.get(text) == null) {
      places.put(text, new Place(places.size() < room ? places.size() + 1 : freed()));
    }
  }

  /// The issuer had no verdict, perhaps because it did not have the token: it is sent once more.
  void unanswered(byte[] token) {
    Place place = places.get(new Text(token));
    if (place != null) {
      place.isTaken = false;
    }
  }

  /// The place of the token that was not asked about for longest.
  private int freed() {
    Iterator<Place> oldest = places.values().iterator();
    int number = oldest.next().number;
    oldest.remove();
    return number;
  }

  private static final class Place {
    final int number;
    boolean isTaken;

    Place(int number) {
      this.number = number;
    }
  }

  private static final class Text {
    private final byte[] bytes;
    private final int hash;

    Text(byte[] bytes) {
      this.bytes = bytes;
      this.hash = Arrays.hashCode(bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Text text && Arrays.equals(bytes, text.bytes);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
