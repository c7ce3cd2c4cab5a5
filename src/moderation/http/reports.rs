//! Reporting a message: the form and its answer.

use poem::{Request, handler, http::StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::{
    error::Result,
    messages::MessageTarget,
    moderation::{Moderation, NewReport, html::ReportPage},
    web::{
        body::FormOrJson, form_error::FormError, framed::Framed, query::lenient_param,
        reply::Reply, state::State, wants::Wants,
    },
};

/// Fields of a report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReportForm {
    reason: String,
    details: String,
}

/// `GET /rooms/{id}/messages/{id}/reports`: the form, or with `?sent=1` the confirmation.
#[handler]
pub async fn show(
    target: MessageTarget,
    req: &Request,
    State(moderation): State<Moderation>,
) -> Result<Reply> {
    if lenient_param::<u8>(req, "sent").is_some() {
        return page(&target, ReportPage::sent(&target));
    }
    let message = moderation.reportable(&target.member, target.id).await?;
    page(&target, ReportPage::form(&target, &message))
}

/// `POST /rooms/{id}/messages/{id}/reports`, from the form and from programs.
#[handler]
pub async fn report(
    target: MessageTarget,
    FormOrJson(form): FormOrJson<ReportForm, 8192>,
    State(moderation): State<Moderation>,
) -> Result<Reply> {
    let made = match NewReport::parse(&form.reason, &form.details) {
        Ok(new) => moderation.report(&target.member, target.id, new).await,
        Err(error) => Err(error),
    };
    match (made, target.wants) {
        (Ok(id), Wants::Json) => Ok(Reply::json_with(StatusCode::CREATED, &json!({ "id": id }))),
        (Ok(_), _) => {
            let (room, message) = (target.member.room.id, target.id);
            let sent = format!("/rooms/{room}/messages/{message}/reports?sent=1");
            Ok(Reply::see_other(&sent))
        }
        (Err(error), Wants::Page) if error.is_shown_in_form() => {
            let message = moderation.reportable(&target.member, target.id).await?;
            let shown = ReportPage::form(&target, &message);
            let refused = FormError::from(error);
            page(&target, shown.refused(form.reason, form.details, refused))
        }
        (Err(error), _) => Err(error),
    }
}

fn page(target: &MessageTarget, page: ReportPage) -> Result<Reply> {
    let viewer = target.member.user.viewer();
    let framed = Framed::new(viewer, "Report a message", "", &page)?;
    let framed = framed.in_room(target.member.room.id);
    Ok(match page.error {
        Some(refused) => framed.refused(&refused.error).into(),
        None => framed.into(),
    })
}
