"""Spark gives what one machine gives: here, on a cluster of two workers, and when one of them dies."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pyspark = pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

VOC = Path(sys.executable).with_name("voc")
CANARY = "13912345678"
ROWS = 6000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys that driver and executors share."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviews")
    texts = [f"第{number}次买，等了五天才到，打{CANARY}没人接，包装不错" for number in range(ROWS)]
    ids = [f"u{number % 97}" for number in range(ROWS)]
    pq.write_table(pa.table({"text": texts, "customer_id": ids}), folder / "part-0.parquet")
    return folder


@pytest.fixture(scope="module")
def demo(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company, and the whole job run on it by this machine alone."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    assert voc(home, "demo", folder, "--customers", 60, "-q").returncode in (0, 4)
    return folder


def on_spark(demo: Path, out: Path, master: str) -> list[str]:
    """The command that runs the same job on Spark."""
    job = ["run", "pipelines/demo.yaml", "--set", f"data={demo / 'company'}", "--out", str(out)]
    return [str(VOC), *job, "--engine", "spark", "--master", master]


def assert_same_run(demo: Path, there: Path, told: str) -> None:
    """Every table of the job, what the report says, and that Spark worked out the tables."""
    assert "worked out on this machine" not in told
    local = demo / "run"
    tables = sorted(path.relative_to(local) for path in local.rglob("*.parquet"))
    assert {"customers", "cohorts", "clv", "risk", "survival", "effects", "feedback", "tags"} <= {
        table.stem for table in tables
    }
    for table in (*tables, Path("report.json"), Path("causes.json")):
        assert (there / table).read_bytes() == (local / table).read_bytes(), table
    assert run_facts(there) == run_facts(local)


def run_facts(folder: Path) -> dict[str, object]:
    """What the steps counted and told."""
    steps = json.loads((folder / ".voc" / "steps.json").read_text(encoding="utf-8"))
    return {name: step["result"] for name, step in steps.items()}


def voc(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(VOC), *map(str, arguments)],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "VOC_HOME": str(home), "PYSPARK_PYTHON": sys.executable, "TZ": "UTC"}


def test_the_demo_is_the_same_on_spark_byte_for_byte(home: Path, demo: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        on_spark(demo, tmp_path / "there", "local[2]"),
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode in (0, 4), done.stderr
    assert_same_run(demo, tmp_path / "there", done.stderr)


def test_a_folder_of_parquet_is_read_and_written_by_the_executors(
    home: Path, reviews: Path, tmp_path: Path
) -> None:
    assert voc(home, "mask", reviews, "-o", tmp_path / "here.parquet").returncode == 0
    source, output = f"{reviews}/", f"{tmp_path}/there/"
    script = (
        "import sys\n"
        "from voc.engine.spark.session import SparkTarget, open_session\n"
        "from voc.engine.spark.tables import SparkTable, run_table\n"
        "from voc.pipeline.files import mask_stage\n"
        "from voc.privacy.policy import load_policy\n"
        "with open_session(SparkTarget('local[2]')) as session:\n"
        "    tables = [SparkTable.parse(name) for name in sys.argv[1:]]\n"
        "    policy = load_policy('default')\n"
        "    rows = run_table(session, *tables, lambda s, first: [mask_stage(s, first, ['text'], policy)])\n"
        "    print(rows)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, source, output],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.strip() == str(ROWS), done.stderr
    here = pq.read_table(tmp_path / "here.parquet").to_pandas().sort_values("text").reset_index(drop=True)
    there = pq.read_table(f"{tmp_path}/there").to_pandas().sort_values("text").reset_index(drop=True)
    assert here[["text", "customer_key"]].equals(there[["text", "customer_key"]])
    assert [list(cell) for cell in here["pii"]] == [list(cell) for cell in there["pii"]]
    assert CANARY not in there.to_json()


def test_a_hive_table_needs_the_spark_engine(home: Path) -> None:
    done = voc(home, "mask", "hive::shop.reviews", "-o", "hive::shop.masked")
    assert done.returncode == 2
    assert "--engine spark" in done.stderr


def test_hive_tables_in_and_out(home: Path, reviews: Path, tmp_path: Path) -> None:
    """A catalogue of the session's own (Derby and a warehouse folder), written and read by two commands."""
    conf = tmp_path / "conf"
    conf.mkdir()
    warehouse = tmp_path / "warehouse"
    derby = f"jdbc:derby:;databaseName={tmp_path}/metastore;create=true"
    (conf / "spark-defaults.conf").write_text(
        f"spark.sql.warehouse.dir {warehouse}\n"
        "spark.sql.catalogImplementation hive\n"
        f"spark.hadoop.javax.jdo.option.ConnectionURL {derby}\n"
        f"spark.driver.extraJavaOptions -Dderby.stream.error.file={tmp_path}/derby.log\n"
    )
    env = {**environment(home), "SPARK_CONF_DIR": str(conf)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            arguments, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
        )

    made = run(
        sys.executable,
        "-c",
        "from voc.engine.spark.session import SparkTarget, open_session\n"
        "with open_session(SparkTarget('local[2]')) as session:\n"
        f"    session.read.parquet({str(reviews)!r}).limit(500).write.saveAsTable('reviews')\n",
    )
    assert made.returncode == 0, made.stderr
    spark = ("--engine", "spark", "--master", "local[2]")
    masked = run(str(VOC), "mask", "hive::reviews", "-o", "hive::masked", "--text", "text", *spark)
    assert masked.returncode == 0, masked.stderr
    assert "500" in masked.stdout
    assert re.search(r"500\s+CN_MOBILE", masked.stdout)
    again = run(str(VOC), "mask", "hive::reviews", "-o", "hive::masked", "--text", "text", *spark)
    assert again.returncode == 2
    assert "--force" in again.stderr
    for path in warehouse.rglob("*.parquet"):
        if "masked" in str(path):
            assert CANARY not in str(pq.read_table(path).to_pydict())


class Cluster:
    """A standalone cluster of two workers on loopback."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def master(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def start(self) -> None:
        package = "org.apache.spark.deploy"
        self._start(f"{package}.master.Master", "--port", str(self.port), "--webui-port", "0")
        wait_for_port(self.port)
        for number in range(2):
            work = str(self.folder / f"work{number}")
            options = ["--webui-port", "0", "--cores", "1", "--memory", "1500m", "--work-dir", work]
            self._start(f"{package}.worker.Worker", self.master, *options)

    def _start(self, name: str, *arguments: str) -> None:
        spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [str(spark_class), name, "--host", "127.0.0.1", *arguments],
                env={**environment(self.home), "SPARK_DAEMON_MEMORY": "256m"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)

    def executors(self) -> list[int]:
        """Process ids of the executors' Java machines."""
        import psutil

        found = []
        for worker in self.processes[1:]:
            for process in psutil.Process(worker.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):  # it has ended since
                    if any("CoarseGrainedExecutorBackend" in word for word in process.cmdline()):
                        found.append(process.pid)
        return found

    def stop(self) -> None:
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_file(path: Path, process: subprocess.Popen[str]) -> None:
    for _ in range(6000):
        if path.exists() or process.poll() is not None:
            return
        time.sleep(0.1)
    raise AssertionError(f"{path.name} did not appear")


def wait_for_port(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the master did not start")


@pytest.fixture
def cluster(tmp_path: Path, home: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, home)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def test_a_cluster_gives_the_same_bytes_even_when_an_executor_is_killed(
    cluster: Cluster, home: Path, reviews: Path, tmp_path: Path
) -> None:
    here, there = tmp_path / "here.parquet", tmp_path / "there.parquet"
    assert voc(home, "tag", reviews, "-o", here).returncode == 0
    command = [str(VOC), "tag", str(reviews), "-o", str(there), "--engine", "spark"]
    with subprocess.Popen(
        [*command, "--master", cluster.master],
        env={**environment(home), "SPARK_LOCAL_IP": "127.0.0.1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for _ in range(600):
            if len(cluster.executors()) >= 2 or process.poll() is not None:
                break
            time.sleep(0.1)
        killed = cluster.executors()[:1]  # while they load, or at their first chunks
        for executor in killed:
            os.kill(executor, signal.SIGKILL)
        try:
            _, error = process.communicate(timeout=300)
        finally:
            process.kill()
    assert killed
    assert process.returncode == 0, error
    assert there.read_bytes() == here.read_bytes()
    assert CANARY not in error
    logs = [path.read_text(errors="replace") for path in tmp_path.rglob("std*")]
    assert logs
    assert not any(CANARY in log for log in logs)
    key = next(home.rglob("pseudonym.key")).read_text().strip()
    everything = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(key.encode() in data for data in everything)


def test_the_demo_is_the_same_on_a_cluster_even_when_an_executor_is_killed(
    cluster: Cluster, home: Path, demo: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    with subprocess.Popen(
        on_spark(demo, there, cluster.master),
        env={**environment(home), "SPARK_LOCAL_IP": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_for_file(there / "feedback.parquet", process)  # all texts are done, most tables are not
            killed = cluster.executors()[:1]
            for executor in killed:
                os.kill(executor, signal.SIGKILL)
            _, error = process.communicate(timeout=1200)
        finally:
            process.kill()
    assert killed
    assert process.returncode in (0, 4), error
    assert_same_run(demo, there, error)
    assert not list(there.glob(".voc-*"))


def test_an_executor_with_another_key_stops_the_job(home: Path, tmp_path: Path) -> None:
    """Tokens under two keys would not join; the fingerprints that travel with the stages tell."""
    from voc.engine.chain import StageChain
    from voc.engine.spark.tasks import ChainSpec
    from voc.errors import VocError
    from voc.pipeline.files import mask_stage
    from voc.privacy.policy import load_policy

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOC_HOME", str(home))
        schema = pa.schema([("text", pa.string())])
        spec = ChainSpec.of(
            StageChain.plan([mask_stage(schema, lambda: None, ["text"], load_policy("default"))], schema)
        )
        patch.setenv("VOC_HOME", str(tmp_path / "elsewhere"))
        patch.setenv("VOC_NO_NEW_KEY", "1")
        with pytest.raises(VocError, match="the pseudonym key is not here"):
            spec.function()
        patch.delenv("VOC_NO_NEW_KEY")
        mask_stage(schema, lambda: None, ["text"], load_policy("default")).fingerprint()  # makes a key there
        with pytest.raises(VocError, match="another voc, policy, lexicon or pseudonym key"):
            spec.function()
