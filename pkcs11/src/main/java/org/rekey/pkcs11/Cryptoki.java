package org.rekey.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The dozen functions of a PKCS#11 module that are needed to sign, as the standard (2.40 and 3.0)
/// lays them out on 64-bit Unix: CK_ULONG has 8 bytes and structures have C's own alignment.
///
/// Handles of sessions, slots and objects are plain numbers, as in the standard. Every call may
/// block for as long as the token likes.
@SuppressWarnings("restricted")
final class Cryptoki {
  static final long CKA_CLASS = 0x0;
  static final long CKA_LABEL = 0x3;
  static final long CKA_VALUE = 0x11;
  static final long CKA_KEY_TYPE = 0x100;
  static final long CKA_ID = 0x102;
  static final long CKA_MODULUS = 0x120;
  static final long CKA_PUBLIC_EXPONENT = 0x122;
  static final long CKA_EC_PARAMS = 0x180;
  static final long CKA_EC_POINT = 0x181;
  static final long CKO_CERTIFICATE = 1;
  static final long CKO_PUBLIC_KEY = 2;
  static final long CKO_PRIVATE_KEY = 3;
  static final long CKM_RSA_PKCS = 0x1;
  static final long CKM_RSA_PKCS_PSS = 0xD;
  static final long CKM_ECDSA = 0x1041;
  static final long CKM_EDDSA = 0x1057;

  private static final long OS_LOCKING_OK = 2;
  private static final long SERIAL_SESSION = 4;
  private static final long USER = 1;
  private static final int MAX_OBJECTS = 16;
  private static final int MAX_SLOTS = 1024;
  private static final int MAX_ATTRIBUTE = 64 * 1024;
  private static final int MAX_SIGNATURE = 8 * 1024;
  private static final long FIRST_FUNCTION = 8;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout ATTRIBUTE =
      MemoryLayout.structLayout(JAVA_LONG, ADDRESS, JAVA_LONG);
  private static final MemoryLayout MECHANISM = ATTRIBUTE;
  private static final int TOKEN_INFO = 208;
  private static final int INITIALIZE_ARGS = 48;

  private final MethodHandle initialize;
  private final MethodHandle finish;
  private final MethodHandle getSlotList;
  private final MethodHandle getTokenInfo;
  private final MethodHandle getMechanismList;
  private final MethodHandle openSession;
  private final MethodHandle closeSession;
  private final MethodHandle login;
  private final MethodHandle getAttributeValue;
  private final MethodHandle findObjectsInit;
  private final MethodHandle findObjects;
  private final MethodHandle findObjectsFinal;
  private final MethodHandle signInit;
  private final MethodHandle sign;

  /// Loads the module for as long as the process lives.
  ///
  /// @throws IllegalArgumentException when it is no library, or not one for this machine
  Cryptoki(Path module) throws CryptokiException {
    var lookup = SymbolLookup.libraryLookup(module, Arena.global());
    var entry =
        lookup
            .find("C_GetFunctionList")
            .orElseThrow(() -> new IllegalArgumentException("no C_GetFunctionList in it"));
    MemorySegment functions;
    try (var arena = Arena.ofConfined()) {
      var list = arena.allocate(ADDRESS);
      call(
          "C_GetFunctionList",
          LINKER.downcallHandle(entry, FunctionDescriptor.of(JAVA_LONG, ADDRESS)),
          list);
      functions = list.get(ADDRESS, 0).reinterpret(FIRST_FUNCTION + 68 * ADDRESS.byteSize());
    }
    initialize = function(functions, 0, ADDRESS);
    finish = function(functions, 1, ADDRESS);
    getSlotList = function(functions, 4, JAVA_BYTE, ADDRESS, ADDRESS);
    getTokenInfo = function(functions, 6, JAVA_LONG, ADDRESS);
    getMechanismList = function(functions, 7, JAVA_LONG, ADDRESS, ADDRESS);
    openSession = function(functions, 12, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS);
    closeSession = function(functions, 13, JAVA_LONG);
    login = function(functions, 18, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG);
    getAttributeValue = function(functions, 24, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG);
    findObjectsInit = function(functions, 26, JAVA_LONG, ADDRESS, JAVA_LONG);
    findObjects = function(functions, 27, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
    findObjectsFinal = function(functions, 28, JAVA_LONG);
    signInit = function(functions, 42, JAVA_LONG, ADDRESS, JAVA_LONG);
    sign = function(functions, 43, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
  }

  /// An attribute that an object must have.
  static final class Attribute {
    private final long type;
    private final byte[] value;

    Attribute(long type, byte[] value) {
      this.type = type;
      this.value = value.clone();
    }

    static Attribute number(long type, long number) {
      var bytes = new byte[Long.BYTES];
      MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, number);
      return new Attribute(type, bytes);
    }
  }

  /// Asks the module to lock with the operating system's means, because several threads call it.
  void initialize() throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var arguments = arena.allocate(INITIALIZE_ARGS, Long.BYTES);
      arguments.set(JAVA_LONG, 4 * ADDRESS.byteSize(), OS_LOCKING_OK);
      call("C_Initialize", initialize, arguments);
    } catch (CryptokiException e) {
      if (e.code() != CryptokiException.ALREADY_INITIALIZED) {
        throw e;
      }
    }
  }

  /// Ends all sessions.
  void finish() throws CryptokiException {
    call("C_Finalize", finish, MemorySegment.NULL);
  }

  /// The slots that have a token in them.
  List<Long> slots() throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var count = arena.allocate(JAVA_LONG);
      call("C_GetSlotList", getSlotList, (byte) 1, MemorySegment.NULL, count);
      count.set(JAVA_LONG, 0, MAX_SLOTS);
      var slots = arena.allocate(JAVA_LONG, MAX_SLOTS);
      call("C_GetSlotList", getSlotList, (byte) 1, slots, count);
      return numbers(slots, count.get(JAVA_LONG, 0));
    }
  }

  TokenInfo tokenInfo(long slot) throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var info = arena.allocate(TOKEN_INFO, Long.BYTES);
      call("C_GetTokenInfo", getTokenInfo, slot, info);
      return new TokenInfo(
          padded(info, 0, 32),
          padded(info, 32, 32),
          padded(info, 64, 16),
          padded(info, 80, 16),
          info.get(JAVA_LONG, 96));
    }
  }

  List<Long> mechanisms(long slot) throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var count = arena.allocate(JAVA_LONG);
      call("C_GetMechanismList", getMechanismList, slot, MemorySegment.NULL, count);
      var mechanisms = arena.allocate(JAVA_LONG, Math.max(1, count.get(JAVA_LONG, 0)));
      call("C_GetMechanismList", getMechanismList, slot, mechanisms, count);
      return numbers(mechanisms, count.get(JAVA_LONG, 0));
    }
  }

  long openSession(long slot) throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var session = arena.allocate(JAVA_LONG);
      call(
          "C_OpenSession",
          openSession,
          slot,
          SERIAL_SESSION,
          MemorySegment.NULL,
          MemorySegment.NULL,
          session);
      return session.get(JAVA_LONG, 0);
    }
  }

  void closeSession(long session) throws CryptokiException {
    call("C_CloseSession", closeSession, session);
  }

  /// Of this process at the token, all sessions at once. Answers whether the token looked at the
  /// PIN: it does not where another session is logged in.
  ///
  /// @param pin overwritten in native memory after the call
  boolean login(long session, byte[] pin) throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var text = arena.allocate(Math.max(1, pin.length));
      try {
        MemorySegment.copy(pin, 0, text, JAVA_BYTE, 0, pin.length);
        call("C_Login", login, session, USER, text, (long) pin.length);
        return true;
      } finally {
        text.fill((byte) 0);
      }
    } catch (CryptokiException e) {
      if (e.code() == CryptokiException.USER_ALREADY_LOGGED_IN) {
        return false;
      }
      throw e;
    }
  }

  /// At most 16.
  List<Long> find(long session, List<Attribute> wanted) throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var template = arena.allocate(ATTRIBUTE, wanted.size());
      for (int i = 0; i < wanted.size(); i++) {
        var bytes = wanted.get(i).value;
        var value = arena.allocate(Math.max(1, bytes.length), Long.BYTES);
        MemorySegment.copy(bytes, 0, value, JAVA_BYTE, 0, bytes.length);
        attribute(template, i, wanted.get(i).type, value, bytes.length);
      }
      call("C_FindObjectsInit", findObjectsInit, session, template, (long) wanted.size());
      try {
        var objects = arena.allocate(JAVA_LONG, MAX_OBJECTS);
        var count = arena.allocate(JAVA_LONG);
        call("C_FindObjects", findObjects, session, objects, (long) MAX_OBJECTS, count);
        return numbers(objects, count.get(JAVA_LONG, 0));
      } finally {
        call("C_FindObjectsFinal", findObjectsFinal, session);
      }
    }
  }

  /// Empty when the object has no such attribute, or does not show it.
  Optional<byte[]> attribute(long session, long object, long type) {
    try (var arena = Arena.ofConfined()) {
      var template = arena.allocate(ATTRIBUTE);
      attribute(template, 0, type, MemorySegment.NULL, 0);
      call("C_GetAttributeValue", getAttributeValue, session, object, template, 1L);
      var length = template.get(JAVA_LONG, 16);
      if (length < 0 || length > MAX_ATTRIBUTE) {
        return Optional.empty();
      }
      var value = arena.allocate(Math.max(1, length));
      attribute(template, 0, type, value, length);
      call("C_GetAttributeValue", getAttributeValue, session, object, template, 1L);
      return Optional.of(value.asSlice(0, template.get(JAVA_LONG, 16)).toArray(JAVA_BYTE));
    } catch (CryptokiException e) {
      return Optional.empty();
    }
  }

  byte[] sign(long session, long mechanism, long key, byte[] data) throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var how = arena.allocate(MECHANISM);
      how.set(JAVA_LONG, 0, mechanism);
      return sign(session, how, key, data);
    }
  }

  /// RSASSA-PSS over a digest, with a salt of its length.
  ///
  /// @param hash the mechanism that the digest is of
  byte[] signPss(long session, long hash, long maskGenerator, long key, byte[] digest)
      throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var parameters = arena.allocate(JAVA_LONG, 3);
      parameters.setAtIndex(JAVA_LONG, 0, hash);
      parameters.setAtIndex(JAVA_LONG, 1, maskGenerator);
      parameters.setAtIndex(JAVA_LONG, 2, digest.length);
      var how = arena.allocate(MECHANISM);
      how.set(JAVA_LONG, 0, CKM_RSA_PKCS_PSS);
      how.set(ADDRESS, 8, parameters);
      how.set(JAVA_LONG, 16, parameters.byteSize());
      return sign(session, how, key, digest);
    }
  }

  private byte[] sign(long session, MemorySegment how, long key, byte[] data)
      throws CryptokiException {
    try (var arena = Arena.ofConfined()) {
      var input = arena.allocate(Math.max(1, data.length));
      MemorySegment.copy(data, 0, input, JAVA_BYTE, 0, data.length);
      var signature = arena.allocate(MAX_SIGNATURE);
      var length = arena.allocate(JAVA_LONG);
      length.set(JAVA_LONG, 0, MAX_SIGNATURE);
      call("C_SignInit", signInit, session, how, key);
      call("C_Sign", sign, session, input, (long) data.length, signature, length);
      return signature.asSlice(0, length.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
    }
  }

  private static void attribute(
      MemorySegment template, int index, long type, MemorySegment value, long length) {
    var offset = index * ATTRIBUTE.byteSize();
    template.set(JAVA_LONG, offset, type);
    template.set(ADDRESS, offset + 8, value);
    template.set(JAVA_LONG, offset + 16, length);
  }

  private static List<Long> numbers(MemorySegment segment, long count) {
    var numbers = new ArrayList<Long>();
    for (long i = 0; i < Math.min(count, segment.byteSize() / Long.BYTES); i++) {
      numbers.add(segment.getAtIndex(JAVA_LONG, i));
    }
    return List.copyOf(numbers);
  }

  private static String padded(MemorySegment segment, long offset, long length) {
    return new String(segment.asSlice(offset, length).toArray(JAVA_BYTE), UTF_8).stripTrailing();
  }

  private static MethodHandle function(
      MemorySegment functions, int index, MemoryLayout... parameters) {
    var address = functions.get(ADDRESS, FIRST_FUNCTION + index * ADDRESS.byteSize());
    return LINKER.downcallHandle(address, FunctionDescriptor.of(JAVA_LONG, parameters));
  }

  private static void call(String name, MethodHandle function, Object... arguments)
      throws CryptokiException {
    long code;
    try {
      code = (long) function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(name + ": cannot be called", e);
    }
    if (code != 0) {
      throw new CryptokiException(name, code);
    }
  }
}
