/// A permission to send is good for one second from when it was asked for, by the asker's clock (X3). A constant of the
/// protocol, so that two versions agree.
public enum Lease {
    /// Milliseconds.
    public static let milliseconds = 1000
    /// The same.
    public static let duration = Duration.milliseconds(milliseconds)
    /// From the commit of a withdrawal to its acknowledgement: no permission given before can then still be in use.
    public static let runOut = Duration.milliseconds(runOutMilliseconds)
    /// The same, in milliseconds.
    public static let runOutMilliseconds = milliseconds + 200
}
