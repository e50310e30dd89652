package org.rekey.deviceauth;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import org.rekey.verifier.json.StrictJson;

/// What devices write, within the limits of what a device has to say.
final class DeviceJson {
  static final int MAX_TEXT = 65_536;
  static final int MAX_DEPTH = 16;
  private static final int MAX_DIGITS = 100;
  private static final StrictJson JSON = new StrictJson(MAX_DEPTH, MAX_DIGITS, MAX_TEXT);

  private DeviceJson() {}

  static JsonParser parser(String text) throws IOException {
    return JSON.factory().createParser(text);
  }
}
