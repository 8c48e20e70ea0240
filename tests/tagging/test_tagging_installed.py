"""Models of the transformers library, by the real library: tiny BERTs that the tests build and train."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from voc.errors import InputError, MissingExtraError, UsageError
from voc.io import Quarantine
from voc.pipeline.learning.train import export_model, train_custom
from voc.tagging.custom.fine_tuning import FineTuning, fine_tune
from voc.tagging.custom.installed import InstalledModel, open_installed
from voc.tagging.models.registry import backend, labeller
from voc.tagging.reader import read_batch
from voc.types import MaskedText

GOOD = ["质量很好", "非常喜欢", "物流快", "客服热情", "很满意", "好用得很"]
BAD = ["质量太差", "非常失望", "物流慢", "客服冷漠", "很生气", "难用得很"]
ENDS = [
    "",
    "。",
    "，下次再说",
    "，就这样",
    "，真的",
    "！",
    "，朋友也说",
    "，昨天买的",
    "，用了三天",
    "，送人的",
]


def rows(kind: str = "sentiment") -> list[tuple[str, str]]:
    names = {"sentiment": ("正面", "负面"), "label": ("夸", "骂")}[kind]
    return [
        (text + end, name)
        for texts, name in ((GOOD, names[0]), (BAD, names[1]))
        for text in texts
        for end in ENDS
    ]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """A BERT of two layers that has learnt nothing yet."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("models") / "base"
    folder.mkdir()
    characters = sorted(set("".join(GOOD + BAD + ENDS)) | set("快递等了五天也不理人物流"))
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer = transformers.BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64)
    torch.manual_seed(0)
    model = transformers.BertModel(
        transformers.BertConfig(
            vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=64, max_position_embeddings=64, hidden_dropout_prob=0.0,
        )
    )  # fmt: skip
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def sentiment(base, tmp_path_factory) -> Path:
    """The base, fine-tuned by `voc train` on a table of two moods."""
    folder = tmp_path_factory.mktemp("trained")
    table = folder / "labelled.csv"
    table.write_text(
        "text,label\n" + "".join(f"{text},{name}\n" for text, name in rows()).replace(",下", "，下")
    )
    output = folder / "ours"
    result = train_custom(
        [str(table)],
        output,
        masked=True,
        quarantine=Quarantine(),
        tuning=FineTuning(str(base), epochs=12, learning_rate=3e-3),
    )
    assert result.kind == "sentiment"
    assert [row.model for row in result.rows] == ["transformers", "tfidf+svm"]
    assert result.rows[0].micro_f1 > 0.9
    return output


def test_what_it_learnt_decides_the_sentiment(sentiment):
    model = backend(f"transformers:{sentiment}")
    found = model.score(read_batch(["物流快，真的", "客服冷漠！", "   "]))
    assert found.labels.tolist() == [1, -1, 0]
    assert found.scores[0] > 0.9
    assert found.scores[1] < 0.1
    assert found.scores[2] == 0.5


def test_scores_do_not_depend_on_the_texts_beside(sentiment):
    model = open_installed(f"transformers:{sentiment}")
    texts = [*(text for text, _ in rows()[:40]), "质量很好，" * 80]
    together = model.probabilities(texts)
    alone = np.concatenate([model.probabilities([text]) for text in texts])
    assert (together == alone).all()
    assert together.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_a_long_text_is_read_to_its_end(sentiment):
    model = open_installed(f"transformers:{sentiment}")
    happy = "质量很好，" * 30
    start, end = (
        model.probabilities([happy])[0],
        model.probabilities([happy + "质量太差，非常失望，" * 60])[0],
    )
    assert abs(start - end).max() > 0.3


def test_the_fingerprint_is_that_of_the_files(sentiment, base, tmp_path):
    spec = f"transformers:{sentiment}"
    assert backend(spec).fingerprint() == InstalledModel(str(sentiment)).fingerprint()
    config = json.loads((sentiment / "config.json").read_text())
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in sentiment.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "config.json").write_text(json.dumps({**config, "id2label": {"0": "正面", "1": "负面"}}))
    assert InstalledModel(str(copy)).fingerprint() != backend(spec).fingerprint()


def test_as_onnx_it_says_the_same(sentiment, tmp_path):
    assert export_model(str(sentiment), tmp_path / "onnx") < 1e-4
    texts = [text for text, _ in rows()] + ["物流快" * 90]
    before = InstalledModel(str(sentiment)).probabilities(texts)
    after = InstalledModel(str(tmp_path / "onnx"))
    assert after.module is None
    assert np.abs(before - after.probabilities(texts)).max() < 1e-4
    assert not list((tmp_path / "onnx").glob("*.safetensors"))


def test_labels_that_name_no_mood_are_told(base, tmp_path):
    names = ("夸", "骂")
    told = rows("label")
    fine_tune([text for text, _ in told], [[name] for _, name in told], names, tmp_path / "m",
              FineTuning(str(base), epochs=1), several=False)  # fmt: skip
    with pytest.raises(UsageError, match=r"name no mood: 夸, 骂"):
        backend(f"transformers:{tmp_path / 'm'}")
    found = labeller(f"transformers:{tmp_path / 'm'}").predict(read_batch(["物流快", "物流慢"]))
    assert [len(row) for row in found] == [1, 1]
    assert {label.label for row in found for label in row} <= set(names)


def test_a_text_may_have_several_labels(base, tmp_path):
    texts, labels = [], []
    for end in ENDS:
        for text, row in (("物流慢", ["物流"]), ("客服冷漠", ["客服"]), ("物流慢客服冷漠", ["物流", "客服"]),
                          ("很满意", [])):  # fmt: skip
            texts.append(text + end)
            labels.append(row)
    fine_tune(texts, labels, ("客服", "物流"), tmp_path / "m",
              FineTuning(str(base), epochs=40, learning_rate=3e-3), several=True)  # fmt: skip
    found = InstalledModel(str(tmp_path / "m")).predict(
        read_batch(["物流慢客服冷漠", "物流慢。", "很满意！"])
    )
    assert [{label.label for label in row} for row in found] == [{"客服", "物流"}, {"物流"}, set()]


@pytest.fixture(scope="module")
def tokens(base, tmp_path_factory) -> Path:
    """The base, taught which characters bear 物流慢."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    names = ["O", "B-logistics.delay", "I-logistics.delay"]
    model = transformers.BertForTokenClassification.from_pretrained(
        base,
        num_labels=3,
        id2label=dict(enumerate(names)),
        label2id={name: at for at, name in enumerate(names)},
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    texts = [
        "物流慢",
        "质量很好物流慢",
        "物流快",
        "物流慢，就这样",
        "客服冷漠物流慢！",
        "很满意",
        "快递等了五天",
    ]
    for _ in range(80):
        for text in texts:
            target, at = [0] * len(text), text.find("物流慢")
            if at >= 0:
                target[at : at + 3] = [1, 2, 2]
            given = tokenizer(text, return_tensors="pt")
            model(**given, labels=torch.tensor([[-100, *target, -100]])).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    folder = tmp_path_factory.mktemp("models") / "tokens"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_labels_of_tokens_come_with_the_words_that_bear_them(tokens):
    text = "质量很好，" * 30 + "物流慢！"
    texts = ["物流慢，就这样", "很满意", "质量很好\u200b物流慢", text]
    found = labeller(f"transformers:{tokens}").predict(read_batch([MaskedText(text) for text in texts]))
    words = [
        [(one.label, text[one.start : one.end]) for one in row]
        for row, text in zip(found, texts, strict=True)
    ]
    delay = ("logistics.delay", "物流慢")
    assert words == [[delay], [], [delay], [delay]]


def test_tokens_as_onnx_say_the_same(tokens, tmp_path):
    export_model(str(tokens), tmp_path / "onnx")
    found = InstalledModel(str(tmp_path / "onnx")).spans(["质量很好物流慢"])
    assert [(one.label, one.start, one.end) for one in found[0]] == [("logistics.delay", 4, 7)]


def test_a_base_without_a_head_is_refused(base):
    with pytest.raises(InputError, match="does not classify"):
        InstalledModel(str(base))


def test_a_folder_without_a_model_is_told(tmp_path):
    pytest.importorskip("transformers")
    with pytest.raises(InputError, match="transformers cannot open"):
        backend(f"transformers:{tmp_path}")
    with pytest.raises(InputError, match="transformers cannot open the base"):
        fine_tune(["好"], [["a"]], ["a"], tmp_path / "m", FineTuning(str(tmp_path)), several=False)


def test_the_commands_train_export_and_tag(base, tokens, tmp_path):
    table = tmp_path / "labelled.jsonl"
    table.write_text("".join(json.dumps({"text": text, "label": name}) + "\n" for text, name in rows()))

    def voc(*arguments: str) -> None:
        subprocess.run(
            [str(Path(sys.executable).with_name("voc")), *arguments], check=True, capture_output=True
        )

    voc("train", str(table), "-o", str(tmp_path / "ours"), "--masked", "--backend", "transformers",
        "--base", str(base), "--epochs", "12", "--learning-rate", "0.003")  # fmt: skip
    voc("model", "export", str(tmp_path / "ours"), "-o", str(tmp_path / "onnx"))
    for workers in ("1", "2"):
        voc("tag", str(table), "-o", str(tmp_path / f"{workers}.parquet"), "--workers", workers, "--model",
            f"transformers:{tmp_path / 'onnx'}", "--custom", f"transformers:{tokens}")  # fmt: skip
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    found = pq.read_table(tmp_path / "1.parquet").to_pylist()
    right = sum(row["sentiment"] == (1 if row["label"] == "正面" else -1) for row in found)
    assert right / len(found) > 0.9
    words = [row["text"][one["start"] : one["end"]] for row in found for one in row["custom_labels"]]
    assert words.count("物流慢") > 0.8 * len(words) > 0


def test_without_the_library_the_install_line_is_told(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match="not installed"):
        InstalledModel(str(tmp_path))
