"""Models that a user installs, by the real libraries: a spaCy pipeline and a tiny BERT, both made here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from voc.errors import InputError, UsageError
from voc.privacy.engine import Engine
from voc.privacy.ner.installed import open_model
from voc.privacy.policy import load_policy
from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.registry import finders_of


@pytest.fixture(scope="module")
def spacy_folder(tmp_path_factory):
    """A Chinese pipeline whose entities are given by patterns."""
    spacy = pytest.importorskip("spacy")
    pipeline = spacy.blank("zh")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "阿勒腾"},
            {"label": "PERSON", "pattern": "勒腾"},
            {"label": "PERSON", "pattern": "鲁迅"},
            {"label": "GPE", "pattern": "杭州市"},
            {"label": "FAC", "pattern": "竹影深处9号"},
        ]
    )
    folder = tmp_path_factory.mktemp("models") / "ruler"
    pipeline.to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def bert_folder(tmp_path_factory):
    """A BERT of two layers that learnt, here, that 阿勒腾 is a person wherever it stands."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("models") / "bert"
    folder.mkdir()
    characters = sorted(set("昨天阿勒腾来了说好的今日我见过他谢请让和走去"))
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer = transformers.BertTokenizerFast(str(folder / "vocab.txt"))
    labels = ["O", "B-PER", "I-PER"]
    torch.manual_seed(0)
    model = transformers.BertForTokenClassification(
        transformers.BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=512,
            hidden_dropout_prob=0.0,
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
        )
    )
    texts = [
        "昨天阿勒腾来了",
        "阿勒腾说好的",
        "今日我见过阿勒腾",
        "谢他",
        "请让阿勒腾走",
        "我和他去",
        "说好的今日来",
    ]
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(60):
        for text in texts:
            given = tokenizer(text, return_tensors="pt")
            at = text.find("阿勒腾")
            target = [0] * len(text)
            if at >= 0:
                target[at : at + 3] = [1, 2, 2]
            loss = model(**given, labels=torch.tensor([[-100, *target, -100]])).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def found(engine: Engine, text: str) -> list[tuple[str, str, str]]:
    return [(span.recognizer, span.entity, text[span.start : span.end]) for span in engine.find([text])[0]]


def test_spacy_adds_names_and_addresses_and_keeps_the_conventions(spacy_folder):
    model = open_model(f"spacy:{spacy_folder}")
    engine = Engine(load_policy(), finders=[model])
    name = "ner.spacy.v1"
    assert found(engine, "阿勒腾来过") == [(name, "PERSON", "阿勒腾")]
    assert found(engine, "我在竹影深处9号等") == [(name, "CN_ADDRESS", "竹影深处9号")]
    assert found(engine, "杭州市很美，鲁迅也写过") == []


def test_bert_adds_names_in_texts_of_any_length(bert_folder):
    model = open_model(f"transformers:{bert_folder}")
    engine = Engine(load_policy(), finders=[model])
    assert found(engine, "昨天阿勒腾来了") == [("ner.transformers.v1", "PERSON", "阿勒腾")]
    long = "我说好的" * 200 + "阿勒腾来了" + "谢他" * 100
    assert [(start, end) for start, end, *_ in engine.find([long])[0]] == [(800, 803)]


def test_a_policy_adds_the_model_to_all_others_and_it_counts_in_the_fingerprint(spacy_folder):
    spec = f"spacy:{spacy_folder}"
    policy = load_policy(ner=[spec, spec])
    assert policy.ner == (spec,)
    assert [finder.name for finder in finders_of(policy)][-1] == "ner.spacy.v1"
    assert policy.fingerprint() != load_policy().fingerprint()
    assert found(Engine(load_policy()), "昨天下午勒腾来过") == []
    assert ("ner.spacy.v1", "PERSON", "勒腾") in found(Engine(policy), "昨天下午勒腾来过")


def test_a_model_that_fails_masks_the_text_whole(spacy_folder, monkeypatch):
    model = open_model(f"spacy:{spacy_folder}")

    def fail(text: str) -> list[Candidate]:
        raise RuntimeError

    monkeypatch.setattr(model, "find", fail)
    engine = Engine(load_policy(), finders=[model])
    assert [span.entity for span in engine.find(["昨天来过"])[0]] == ["UNCHECKED"]


@pytest.mark.parametrize("spec", ["spacy", "spacy:", "flair:x", ":x"])
def test_other_models_are_refused(spec):
    with pytest.raises(UsageError, match="spacy:NAME"):
        open_model(spec)


def test_a_model_that_is_not_there_is_told(tmp_path):
    pytest.importorskip("spacy")
    with pytest.raises(InputError, match="spaCy cannot open"):
        open_model(f"spacy:{tmp_path}/none")


def test_transformers_that_find_no_model_say_so(tmp_path):
    pytest.importorskip("transformers")
    with pytest.raises(InputError, match="transformers cannot open"):
        open_model(f"transformers:{tmp_path}")


def test_the_command_line_masks_and_scans_with_a_model(spacy_folder, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("text\n阿勒腾来过\n挺好\n", encoding="utf-8")
    key = ["--ner", f"spacy:{spacy_folder}"]
    voc = [str(Path(sys.executable).with_name("voc"))]
    output = tmp_path / "out.csv"
    subprocess.run([*voc, "mask", str(source), "-o", str(output), *key], check=True, capture_output=True)
    assert "阿勒腾" not in output.read_text(encoding="utf-8")
    told = subprocess.run([*voc, "scan", str(source), *key, "--json"], check=True, capture_output=True)
    assert "PERSON" in json.dumps(json.loads(told.stdout))
