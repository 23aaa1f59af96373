"""The embedded Tika server: text of office documents, mail and web pages, for this machine only.

It runs as two JVMs: a small one that watches, and a child that parses and is replaced when it hangs past the time
limit or runs out of memory. Excluded are: character recognition (ours is better, and tesseract would run on every
embedded image), programs found on the machine (exiftool, ffmpeg: foreign bytes are not for them), and containers,
which the indexer unpacks itself under its own limits. Documents embedded in documents cannot be turned off here, and
no limit of the output either: a client sends `X-Tika-Skip-Embedded: true` and `writeLimit` with each request.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from config import Config
from services.accounts import find_account, make_private, write_private
from services.commands import PLAIN_ENVIRONMENT, Command
from services.fetch import copy_program, fetch_artifact, read_artifact
from services.java import require_java
from services.places import choose_scratch, program_folder, state_folder
from services.ports import LOOPBACK, OFFSETS

WATCHER_HEAP_MB = 64
TASK_SECONDS = 120
RECYCLE_AFTER_FILES = 20_000

EXCLUDED_PARSERS = (
    "org.apache.tika.parser.ocr.TesseractOCRParser",
    "org.apache.tika.parser.external.CompositeExternalParser",
    "org.apache.tika.parser.pkg.CompressorParser",
    "org.apache.tika.parser.pkg.PackageParser",
    "org.apache.tika.parser.pkg.RarParser",
    "org.apache.tika.parser.apple.AppleSingleFileParser",
    "org.apache.tika.parser.mbox.MboxParser",
    "org.apache.tika.parser.microsoft.pst.OutlookPSTParser",
    "org.apache.tika.parser.warc.WARCParser",
    "org.apache.tika.parser.wacz.WACZParser",
    "org.apache.tika.parser.http.HttpParser",
    "org.apache.tika.parser.microsoft.ooxml.OOXMLParser",  # configured by itself below
)

CONFIGURATION = """\
<?xml version="1.0" encoding="UTF-8"?>
<properties>
  <parsers>
    <parser class="org.apache.tika.parser.DefaultParser">
{excluded}
    </parser>
    <!-- The streaming reader of presentations gives slides in the order of the package, not of the show. -->
    <parser class="org.apache.tika.parser.microsoft.ooxml.OOXMLParser">
      <params>
        <param name="useSAXPptxExtractor" type="bool">false</param>
      </params>
    </parser>
  </parsers>
  <server>
    <params>
      <host>{host}</host>
      <port>{port}</port>
      <javaPath>{java}</javaPath>
      <forkedJvmArgs>
{arguments}
      </forkedJvmArgs>
      <taskTimeoutMillis>{task_millis}</taskTimeoutMillis>
      <taskPulseMillis>1000</taskPulseMillis>
      <minimumTimeoutMillis>1000</minimumTimeoutMillis>
      <maxFiles>{max_files}</maxFiles>
      <returnStackTrace>false</returnStackTrace>
      <enableUnsecureFeatures>false</enableUnsecureFeatures>
      <endpoints>
        <endpoint>tika</endpoint>
        <endpoint>rmeta</endpoint>
        <endpoint>meta</endpoint>
        <endpoint>detect</endpoint>
        <endpoint>version</endpoint>
      </endpoints>
    </params>
  </server>
</properties>
"""


# Errors only: warnings of parsers can quote what they parse.
LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.}: %m%n
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
"""


def build_command(config: Config) -> Command:
    """Fetches and configures the Tika server and says how to start it. Raises ServiceError."""
    java = require_java(config)
    artifact, account = read_artifact("tika"), find_account()
    program = copy_program(
        lambda: fetch_artifact(artifact), program_folder(account) / f"{artifact.stem}.jar", mode=0o644
    )
    folder = make_private(state_folder(config) / "tika", account)
    scratch = choose_scratch(config, "tika")
    common = (f"-Djava.io.tmpdir={scratch}", f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}")
    child = (f"-Xmx{config.tika_heap_mb}m", "-Djava.awt.headless=true", *common)
    text = CONFIGURATION.format(
        excluded="\n".join(f'      <parser-exclude class="{name}"/>' for name in EXCLUDED_PARSERS),
        host=LOOPBACK,
        port=config.port + OFFSETS["parser"],
        java=escape(str(java.program)),
        arguments="\n".join(f"        <arg>{escape(argument)}</arg>" for argument in child),
        task_millis=TASK_SECONDS * 1000,
        max_files=RECYCLE_AFTER_FILES,
    )
    write_private(folder / "tika.xml", text, account)
    write_private(folder / "log4j2.properties", LOGGING, account)
    return Command(
        name="parser",
        arguments=(
            str(java.program),
            f"-Xmx{WATCHER_HEAP_MB}m",
            "-XX:+UseSerialGC",
            *common,
            "-jar",
            str(program),
            "-c",
            str(folder / "tika.xml"),
        ),
        folder=folder,
        environment=PLAIN_ENVIRONMENT | {"HOME": str(folder)},
        account=account,
        scratch=scratch,
    )
