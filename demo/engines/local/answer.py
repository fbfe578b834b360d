"""One answer, from the question to its result. Runs in the model's thread."""

import traceback
from typing import TYPE_CHECKING, Any

import torch

from demo.engines.errors import RepetitionError, say
from demo.engines.local.account import Account
from demo.engines.local.chat import Asked, check_window, tokenise
from demo.engines.local.forward import Features, Passes, look
from demo.engines.local.grammar import Grammar
from demo.engines.local.images import SeenImage, see
from demo.engines.local.interrupt import Stopped
from demo.engines.local.kv import Conversation
from demo.engines.local.memory import is_out_of_memory
from demo.engines.local.place import same_memory
from demo.engines.local.room import make_room, ran_out
from demo.engines.local.sampling import Sampler, Sampling
from demo.engines.local.store import Key, Store
from demo.engines.local.writing import Attempt
from demo.engines.loops import ATTEMPTS
from demo.engines.protocol import Piece, Progress, Request, Restart, Result, StopReason
from demo.engines.turns import images_in, turns
from toolkit.texts import Text

if TYPE_CHECKING:
    from demo.engines.local.loading import Loaded
    from demo.engines.local.worker import Job


class Answer:
    """Answers one request with a loaded model; events go to the job, what is worth keeping to the store.

    `place` is torch's name of the device on which things lie while they are kept.
    """

    def __init__(
        self, loaded: "Loaded", store: Store, request: Request, job: "Job", account: Account, place: str
    ) -> None:
        self._loaded, self._store, self._request, self._job = loaded, store, request, job
        self._account, self._place = account, place
        self._notes: list[Text] = []
        self._text = ""
        self._seen: tuple[SeenImage, ...] = ()
        self.session = request.session
        self.keep = True

    def run(self) -> None:
        """Answer; the last event is the Result, also after a stop. Raises EngineError."""
        conversation = self._conversation()
        keep: Conversation | None = conversation
        reason: StopReason = "cancelled"
        try:
            with torch.inference_mode():
                reason = self._answer(conversation)
        except Stopped:
            pass
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            keep = None
            traceback.clear_frames(error.__traceback__)  # they hold what took the memory
            raise ran_out(self._loaded, self._store, len(self._seen)) from None
        finally:
            self._put_back(keep)
        usage = self._account.usage(self._text)
        self._job.put(Result(self._text, usage, reason, notes=tuple(self._notes)))

    def _conversation(self) -> Conversation:
        kept = self._store.take(("session", self.session)) if self.session else None
        return kept or Conversation(self._loaded.config.text_config)

    def _put_back(self, conversation: Conversation | None) -> None:
        if conversation is not None and conversation.length and self.session and self.keep:
            conversation.move(self._place)
            kept = self._store.put(("session", self.session), conversation, conversation.bytes)
            if not kept and self._store.budget:
                self._notes.append(say("engines_local.not_kept", **_in_mb(conversation, self._store)))
        for image in self._seen:  # after the session: an image costs more to make anew, byte for byte
            self._store.touch(_key(image))

    def _answer(self, conversation: Conversation) -> StopReason:
        given = self._request.sampling or self._request.prompt.sampling
        sampling = Sampling.of(given, self._loaded.model.generation_config.to_dict())
        with self._account.phase("open"):
            conversation.move(self._loaded.device)
            asked = self._asked()
            grammar = self._grammar()
        cached = conversation.keep_common(asked.marks)
        self._note_counts(asked, cached)
        room = self._loaded.window - len(asked.tokens)
        features = self._look_at(asked, cached, min(sampling.max_tokens, room))
        reason = self._attempts(asked, conversation, features, sampling, grammar)
        if reason == "length":
            key = "window_full" if room < sampling.max_tokens else "cut_off"
            self._notes.append(say(f"engines_local.{key}", limit=min(room, sampling.max_tokens)))
        return reason

    def _asked(self) -> Asked:
        messages = turns(self._request)
        seen: dict[Any, SeenImage] = {}
        images = []
        for ref in images_in(messages):
            self._check()
            if ref not in seen:
                seen[ref] = see(ref, self._loaded)
                self._notes += [seen[ref].note] if seen[ref].note else []  # type: ignore[list-item]
            images.append(seen[ref])
        self._seen = tuple(images)
        asked = tokenise(messages, images, self._loaded)
        check_window(asked, self._loaded.window)
        self._note_coordinates()
        return asked

    def _grammar(self) -> Grammar | None:
        if self._request.schema is None:
            return None
        made = Grammar(
            self._request.schema, self._loaded.tokenizer, self._loaded.vocabulary, self._loaded.ends
        )
        self._notes += [made.note] if made.note else []
        return made

    def _note_counts(self, asked: Asked, cached: int) -> None:
        account = self._account
        account.prompt, account.cached, account.visual = len(asked.tokens), cached, asked.visual
        account.images = len(asked.images)

    def _note_coordinates(self) -> None:
        from toolkit.families import get_family

        prompt, own = self._request.prompt, self._loaded.family
        positions = prompt.format.name in ("boxes", "points") or prompt.region.kind == "boxes"
        if positions and get_family(prompt.family).coordinates != own.coordinates:
            self._notes.append(
                say("engines_local.coordinates", name=self._loaded.name, given=prompt.family, own=own.name)
            )

    def _look_at(self, asked: Asked, cached: int, answer: int) -> list[Features | None]:
        """Give the features of each image the state lacks, kept ones where there are."""
        wanted = [i for i, span in zip(asked.images, asked.spans, strict=True) if span[1] > cached]
        found: dict[str, Features] = {}
        for image in wanted:
            kept = self._store.get(_key(image)) if image.key not in found else None
            if kept is not None:
                found[image.key] = kept.on(self._loaded.device)
        new = {image.key: image for image in wanted if image.key not in found}
        self._account.cached_images = sum(image.key not in new for image in asked.images)
        store = self._store if same_memory(self._place, self._loaded.device) else None
        make_room(self._loaded, store, asked, [i.tokens for i in new.values()], cached, answer)
        for number, image in enumerate(new.values(), 1):
            self._tell("progress_image", label=image.label, number=number, count=len(new))
            with self._account.phase("vision"):
                found[image.key] = look(image, self._loaded, self._check)
            if self.keep:
                kept = found[image.key].on(self._place)
                self._store.put(_key(image), kept, kept.bytes)
        return [found.get(image.key) for image in asked.images]

    def _attempts(
        self,
        asked: Asked,
        conversation: Conversation,
        features: list[Features | None],
        sampling: Sampling,
        grammar: Grammar | None,
    ) -> StopReason:
        passes = Passes(self._loaded, asked, conversation)
        self._tell("progress_prompt", tokens=len(asked.tokens) - conversation.length)
        with self._account.phase("prefill"):
            first = passes.read(features, self._check)
        for number in range(ATTEMPTS):
            attempt = self._attempt(asked, passes, sampling.hotter(number), grammar)
            with self._account.phase("decode"):
                reason = self._write(attempt, first.clone())
            if reason != "repetition":
                self._notes += [say("engines_local.repeated", count=number)] if number else []
                return reason
            if number + 1 < ATTEMPTS:
                self._begin_anew(number + 1, sampling)
                conversation.keep(len(asked.tokens))
                if grammar is not None:
                    grammar.restart()
        return self._give_up(attempt)

    def _attempt(self, asked: Asked, passes: Passes, sampling: Sampling, grammar: Grammar | None) -> Attempt:
        limit = min(sampling.max_tokens, self._loaded.window - len(asked.tokens))
        sampler = Sampler(sampling, list(asked.tokens), self._loaded.device)
        if asked.thinks:
            self._tell("progress_thinking")
        return Attempt(self._loaded, passes, sampler, grammar, limit, asked.thinks, self._emit, self._check)

    def _write(self, attempt: Attempt, scores: Any) -> StopReason:
        self._text = ""
        made = self._account.made
        try:
            return attempt.write(scores)
        finally:
            self._account.made = made + attempt.made

    def _emit(self, piece: str) -> None:
        self._account.spoke()
        self._text += piece
        self._job.put(Piece(piece))

    def _begin_anew(self, number: int, sampling: Sampling) -> None:
        hotter = sampling.hotter(number).temperature
        reason = say("engines_local.restart", number=number, count=ATTEMPTS - 1, temperature=f"{hotter:.1f}")
        self._job.put(Restart(reason))

    def _give_up(self, attempt: Attempt) -> StopReason:
        if attempt.loop is None or not attempt.text[: attempt.loop.start].strip():
            raise RepetitionError("engines_local.repetition", count=ATTEMPTS)
        self._text = attempt.loop.cut(self._text)
        self._notes.append(say("engines_local.repetition_kept", count=ATTEMPTS))
        return "repetition"

    def _check(self) -> None:
        if not self._job.wanted:
            raise Stopped

    def _tell(self, key: str, **values: object) -> None:
        self._job.put(Progress(say(f"engines_local.{key}", **values)))


def _in_mb(conversation: Conversation, store: Store) -> dict[str, str]:
    return {"size": f"{conversation.bytes / 2**20:,.0f}", "budget": f"{store.budget / 2**20:,.0f}"}


def _key(image: SeenImage) -> Key:
    return ("image", image.key)
