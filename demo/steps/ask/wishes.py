"""What a person can wish for in step 4, as turns: the question, new words for an old one, rounds."""

from demo import answers, conversation, pictures
from demo.asking import Turn
from demo.context import Context
from demo.conversation import AskError
from demo.questions import compose, take_words
from demo.session import Session
from demo.steps.ask.side import Side
from demo.views import file_url
from demo.words import say


class Wishes:
    """Makes turns of a session; each raises AskError, or what composing a prompt raises."""

    def __init__(self, context: Context, side: Side) -> None:
        self.context, self.side = context, side

    def first(self, session: Session) -> Turn:
        """Make the question of step 3."""
        prompt, manifest, fault = self.side.asking(session)
        if fault is not None or prompt is None or manifest is None:
            raise AskError.from_text(fault or say("ask_step.follow_nothing"))
        name = self.context.engine_name(session)
        return conversation.first(session.work.question, prompt, manifest, name)

    def follow(self, session: Session, words: str) -> Turn:
        """Make a follow-up, or the question of the turn that is being changed in its new words."""
        talk, number = session.work.talk, session.work.talk.editing
        name = self.context.engine_name(session)
        if number is None:
            return conversation.follow(talk, words, name)
        before = list(talk.turns)
        talk.turns = before[:number]
        try:
            if before[number].kind in ("follow", "mend"):
                return conversation.follow(talk, words, name)
            take_words(session.work.question, words, self.context.able(session))
            return self.first(session)
        except Exception:
            talk.turns = before
            raise

    def steps(self, session: Session) -> Turn:
        """Make the question of step 3 round by round."""
        reply = self.first(session).reply
        return conversation.steps(session.work.question, reply.prompt, reply.manifest, reply.engine)

    def mend(self, session: Session) -> Turn:
        """Make the follow-up that asks for the mend."""
        name = self.context.engine_name(session)
        return conversation.mend(session.work.talk, name, session.lang)

    def changed(self, session: Session) -> bool:
        """Tell whether asking now would ask something else than the question of this thread."""
        thread, manifest = session.work.talk.thread, session.work.sending
        if not thread or manifest is None:
            return False
        before, rounds = thread[0].replies[0], thread[0].steps
        try:
            prompt = compose(session.work.question, manifest, session.lang, self.context.shelf(session))
        except Exception:
            return True
        asked = rounds[0].whole if rounds else before.prompt
        return not answers.same_images(before.manifest, manifest) or prompt.text != asked.text


def words_of(session: Session, number: int) -> str:
    """Give the words of a turn as they are to be changed."""
    turn = session.work.talk.turns[number]
    return turn.words if turn.kind in ("follow", "mend") else session.work.question.words


def look(session: Session, turn: Turn, act: str, place: str) -> str:
    """Show another page of an answer, or give the chosen one with its boxes as a picture."""
    which, _, page = place.partition("-")
    if not (which.isdigit() and page.isdigit() and int(which) < len(turn.replies)):
        return ""
    answer = turn.replies[int(which)].answer
    if answer is None or int(page) >= len(answer.pages):
        return ""
    answer.chosen_page = int(page)
    return file_url(pictures.marked_picture(session, answer.pages[int(page)])) if act == "save" else ""
