/// What one client asks.
///
/// @param authorization the header's value; never printed
record Request(String method, String path, String authorization) {
  @Override
  public String toString() {
    return method + " " + path;
  }
}
